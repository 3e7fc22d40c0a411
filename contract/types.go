package contract

import (
	"reflect"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// Described is an event type with what the contract says about it.
type Described struct {
	Type    event.Type
	Data    reflect.Type
	Stream  string // of the stream table
	Address string // the subject, with {parameters}
	Source  string // who writes it: the service, or empty when several do
	Subject string // what the CloudEvents attribute names: Page, Article, Issue or Either
	// Fixed are fields of the data that have one value in this type, by JSON name.
	Fixed map[string]any
	// Always are fields that this type always has, though Go could leave them out.
	Always []string
	About  string // one or two sentences for the reader of the documents
}

// Values of Described.Subject.
const (
	Page    = "page"    // a page key
	Article = "article" // an article's uri
	Issue   = "issue"   // publication/date
	Either  = "either"  // one of them, or nothing where none is known
)

// The addresses that several types share.
const (
	pageAddress    = "{publication}.{date}.{edition}.{page}"
	articleAddress = pageAddress + ".{article}"
	issueAddress   = "{publication}.{date}"
	letterAddress  = "deadletters.{service}.{stream}.{sequence}"
)

func dataOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// articleAlways is what a published article always has; one that broadsheet parse
// prints may have no uri yet.
var articleAlways = []string{"uri", "type", "version", "versionCreated", "pubStatus", "headlines", "print"}

// Types are all event types.
var Types = []Described{
	{Type: event.ArticleParsed, Data: dataOf[newspaper.Article](), Stream: event.Articles, Address: "articles.parsed." + articleAddress,
		Source: "parse", Subject: Article, Fixed: map[string]any{"pubStatus": newspaper.Usable}, Always: articleAlways,
		About: "An article was read out of a page for the first time, or reads differently now. The data is the whole article and replaces what was known of its uri."},
	{Type: event.ArticleWithdrawn, Data: dataOf[newspaper.Article](), Stream: event.Articles, Address: "articles.withdrawn." + articleAddress,
		Source: "parse", Subject: Article, Fixed: map[string]any{"pubStatus": newspaper.Canceled}, Always: articleAlways,
		About: "An article is not to be shown any more: a person withdrew it (edNote has the reason), or a later parse of its page does not find it. It replaces what was known of its uri."},
	{Type: event.PageParsed, Data: dataOf[newspaper.Manifest](), Stream: event.Articles, Address: "pages.parsed." + pageAddress,
		Source: "parse", Subject: Page,
		About: "A page was committed: its manifest says which articles are live. It is the last message of the commit, behind the article events."},
	{Type: event.PageReceived, Data: dataOf[newspaper.Page](), Stream: event.Pages, Address: "pages.received." + pageAddress,
		Source: "ingest", Subject: Page,
		About: "A page or a new revision of it was taken in. The data has every revision so far."},
	{Type: event.ArticleIndexed, Data: dataOf[event.Indexed](), Stream: event.IndexedName, Address: "articles.indexed." + articleAddress,
		Source: "index", Subject: Article,
		About: "An article event is durable in the search index."},
	{Type: event.IssueAnnounced, Data: dataOf[newspaper.Announcement](), Stream: event.Issues, Address: "issues.announced." + issueAddress,
		Source: "ingest", Subject: Issue,
		About: "Somebody said which pages a day's paper has. It replaces what was announced of the issue before."},
	{Type: event.IssueCompleted, Data: dataOf[newspaper.CompletedIssue](), Stream: event.Issues, Address: "issues.completed." + issueAddress,
		Source: "parse", Subject: Issue,
		About: "All pages that were announced for a day's paper are committed. There is one event for each state the issue is complete in: another one follows when an article of it changes or is withdrawn, or other pages are announced."},
	{Type: event.Audited, Data: dataOf[event.Audit](), Stream: event.AuditLog, Address: "audit." + pageAddress + ".{run}",
		Subject: Either,
		About:   "A person had an article or a page withdrawn, reinstated or erased, or dealt with a dead letter: an entry of the audit log. It is written before it is carried out, holds no content, and is never removed. An entry about a dead letter that names no page has the one token \"unnamed\" in place of the page."},
	{Type: event.CommandGiven, Data: dataOf[event.Command](), Stream: event.Commands, Address: "commands.{service}." + pageAddress,
		Subject: Either,
		About:   "A person or a program asks a service to do something. A command about a dead letter that names no page has the one token \"unnamed\" in place of the page."},
	{Type: event.LetterWritten, Data: dataOf[event.Letter](), Stream: event.DeadLetters, Address: letterAddress,
		Subject: Either,
		About:   "A message could not be handled. It waits for a person."},
	{Type: event.LetterResolved, Data: dataOf[event.Letter](), Stream: event.DeadLetters, Address: letterAddress,
		Subject: Either,
		About:   "A dead letter was retried or discarded. It takes the letter's place."},
}
