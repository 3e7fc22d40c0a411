package event

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Retention is how a stream keeps its messages.
type Retention int

// The retentions.
const (
	WorkQueue Retention = iota // gone once handled: what is in transit
	Record                     // for ever; the last message of a subject is its state
	Window                     // the newest, up to an age
)

// Stream is a row of the stream table.
type Stream struct {
	Name      string
	Subjects  []string
	Retention Retention
	MaxAge    time.Duration // Window only: a Record never forgets
	Latest    bool          // keep only the last message of each subject
	Atomic    bool          // takes atomic batches
	Append    bool          // nothing in it can be deleted or purged
	Share     float64       // of the storage that the deployment gives to JetStream
	About     string
}

// Names of the streams.
const (
	Uploads     = "UPLOADS"
	Commands    = "COMMANDS"
	Pages       = "PAGES"
	Articles    = "ARTICLES"
	IndexedName = "INDEXED"
	Issues      = "ISSUES"
	DeadLetters = "DEADLETTERS"
	AuditLog    = "AUDIT"
)

// Objects is the bucket of the object store, and the share of storage it gets.
const (
	Objects      = "pages"
	ObjectsShare = 0.35
)

// Streams is the stream table. Provisioning applies it, a contract test proves it.
var Streams = []Stream{
	{Name: Uploads, Subjects: []string{"uploads.>"}, Retention: WorkQueue, Share: 0.10,
		About: "raw pages published by scripts, until ingest has made them durable"},
	{Name: Commands, Subjects: []string{"commands.>"}, Retention: WorkQueue, Share: 0.01,
		About: "re-parse, retry, withdraw, reinstate, erase"},
	{Name: Pages, Subjects: []string{"pages.received.>"}, Retention: Record, Share: 0.08,
		About: "the registry: every page with its revisions"},
	{Name: Articles, Subjects: []string{"articles.parsed.>", "articles.withdrawn.>", "pages.parsed.>"}, Retention: Record, Atomic: true, Share: 0.35,
		About: "what was read out of the pages, and each page's manifest"},
	{Name: IndexedName, Subjects: []string{"articles.indexed.>"}, Retention: Window, MaxAge: 7 * 24 * time.Hour, Atomic: true, Share: 0.04,
		About: "confirmations that an article can be searched"},
	{Name: Issues, Subjects: []string{"issues.announced.>", "issues.completed.>"}, Retention: Record, Share: 0.01,
		About: "which pages a day's paper has, and when all of them were there"},
	{Name: DeadLetters, Subjects: []string{"deadletters.>"}, Retention: Record, Latest: true, Share: 0.02,
		About: "what could not be handled, until retried or discarded"},
	{Name: AuditLog, Subjects: []string{"audit.>"}, Retention: Record, Append: true, Share: 0.01,
		About: "who had what withdrawn, reinstated or erased, when and why"},
}

// Consumer is a durable subscription of a service. It has one filter, and a
// wildcard one: with several, a server slows down with the number of subjects.
type Consumer struct {
	Stream, Durable, Filter string
}

// The consumers.
var (
	IngestUploads  = Consumer{Uploads, "ingest", "uploads.>"}
	IngestCommands = Consumer{Commands, "ingest-commands", "commands.ingest.>"}
	ParsePages     = Consumer{Pages, "parse", "pages.received.>"}
	ParseCommands  = Consumer{Commands, "parse-commands", "commands.parse.>"}
	ParseIssues    = Consumer{Issues, "parse-issues", "issues.announced.>"}
	IndexArticles  = Consumer{Articles, "index", "articles.>"}
	// IndexNext fills a generation that is built beside the one that is searched.
	// It is there only meanwhile, and not provisioned.
	IndexNext     = Consumer{Articles, "index-next", "articles.>"}
	IndexCommands = Consumer{Commands, "index-commands", "commands.index.>"}
	Consumers     = []Consumer{IngestUploads, IngestCommands, ParsePages, ParseCommands, ParseIssues, IndexArticles, IndexCommands}
)

// Header names of uploads over NATS.
const (
	HeaderUploadID  = "Broadsheet-Upload-Id"  // makes a repeated upload the same upload
	HeaderSupersede = "Broadsheet-Supersede"  // "true": known bytes become a new revision
	HeaderReceiptTo = "Broadsheet-Receipt-To" // subject that gets the receipt or the problem
	HeaderTrace     = "Traceparent"           // W3C trace context
)

// UploadSubject is where a script publishes a page's bytes.
func UploadSubject(key newspaper.PageKey) string { return "uploads." + key.Subject() }

// ReceivedSubject is the page's registry entry.
func ReceivedSubject(key newspaper.PageKey) string { return "pages.received." + key.Subject() }

// ManifestSubject is the page's manifest.
func ManifestSubject(key newspaper.PageKey) string { return "pages.parsed." + key.Subject() }

// ManifestFilter is the manifests of all pages of an issue.
func ManifestFilter(issue newspaper.IssueKey) string {
	return "pages.parsed." + issue.Subject() + ".>"
}

// AnnouncedSubject is where the pages of an issue are announced.
func AnnouncedSubject(issue newspaper.IssueKey) string { return "issues.announced." + issue.Subject() }

// CompletedSubject is where it is said that an issue is complete.
func CompletedSubject(issue newspaper.IssueKey) string { return "issues.completed." + issue.Subject() }

// IssueOfSubject returns the issue that a subject of ISSUES is about.
func IssueOfSubject(subject string) (newspaper.IssueKey, error) {
	tokens := strings.Split(subject, ".")
	if len(tokens) != 4 || tokens[0] != "issues" {
		return newspaper.IssueKey{}, fault.New(fault.Invalid, "subject %q does not name an issue", subject).On("subject")
	}
	return newspaper.NewIssueKey(tokens[2], tokens[3])
}

// CommandSubject is where a service takes commands about a page. A dead letter
// whose subject named no page has a zero key.
func CommandSubject(service string, key newspaper.PageKey) string {
	if key.IsZero() {
		return "commands." + service + ".unnamed"
	}
	return "commands." + service + "." + key.Subject()
}

// ArticleSubject is where an event about an article travels. The type decides
// the first tokens; the uri must be an article's.
func ArticleSubject(t Type, uri string) (string, error) {
	key, id, err := newspaper.ParseArticleURI(uri)
	if err != nil {
		return "", err
	}
	prefix := map[Type]string{ArticleParsed: "articles.parsed.", ArticleWithdrawn: "articles.withdrawn.", ArticleIndexed: "articles.indexed."}[t]
	if prefix == "" {
		return "", fault.New(fault.Internal, "%s is no event about an article", t)
	}
	return prefix + key.Subject() + "." + id, nil
}

// LetterSubject is the one place where a message's dead letter can stand.
func LetterSubject(service, stream string, seq uint64) string {
	return fmt.Sprintf("deadletters.%s.%s.%d", service, stream, seq)
}

// AuditSubject is the one place of a command's entry in the audit log. A dead
// letter that names no page has a zero key.
func AuditSubject(key newspaper.PageKey, run string) string {
	run = strings.ReplaceAll(run, ".", "-")
	if key.IsZero() {
		return "audit.unnamed." + run
	}
	return "audit." + key.Subject() + "." + run
}

// KeyOfSubject returns the page that a subject of ours is about: the four tokens
// behind the subject's fixed first ones.
func KeyOfSubject(subject string) (newspaper.PageKey, error) {
	tokens := strings.Split(subject, ".")
	skip := 2
	if tokens[0] == "uploads" {
		skip = 1
	}
	if len(tokens) < skip+4 || tokens[0] == "uploads" && len(tokens) != 5 {
		return newspaper.PageKey{}, fault.New(fault.Invalid, "subject %q does not name a page", subject).
			On("subject").Fix("publish to uploads.<publication>.<date>.<edition>.<page>")
	}
	return newspaper.NewPageKey(tokens[skip], tokens[skip+1], tokens[skip+2], tokens[skip+3])
}

// NewRun returns a command's run id: unique, and later ones sort behind earlier ones.
func NewRun(now time.Time) string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return now.UTC().Format("20060102T150405.000000") + "-" + hex.EncodeToString(b[:])
}
