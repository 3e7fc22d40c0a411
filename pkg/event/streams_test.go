package event

import (
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

var key = newspaper.PageKey{Publication: "a", Date: "2022-10-30", Edition: "main", Page: "01"}

// matches reports whether a NATS subject is in a filter that ends in ">".
func matches(filter, subject string) bool {
	return strings.HasPrefix(subject, strings.TrimSuffix(filter, ">"))
}

func streamOf(t *testing.T, subject string) string {
	t.Helper()
	var in []string
	for _, s := range Streams {
		if slices.ContainsFunc(s.Subjects, func(filter string) bool { return matches(filter, subject) }) {
			in = append(in, s.Name)
		}
	}
	if len(in) != 1 {
		t.Fatalf("%s is kept by %v, not by one stream", subject, in)
	}
	return in[0]
}

func TestEverySubjectHasItsStream(t *testing.T) {
	uri := key.ArticleURI("01234567")
	article := func(typ Type) string {
		s, err := ArticleSubject(typ, uri)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for subject, stream := range map[string]string{
		UploadSubject(key):                    Uploads,
		CommandSubject("parse", key):          Commands,
		ReceivedSubject(key):                  Pages,
		ManifestSubject(key):                  Articles,
		article(ArticleParsed):                Articles,
		article(ArticleWithdrawn):             Articles,
		article(ArticleIndexed):               IndexedName,
		LetterSubject("parse", "PAGES", 17):   DeadLetters,
		AuditSubject(key, NewRun(time.Now())): AuditLog,
		AnnouncedSubject(key.Issue()):         Issues,
		CompletedSubject(key.Issue()):         Issues,
	} {
		if got := streamOf(t, subject); got != stream {
			t.Errorf("%s is in %s, not %s", subject, got, stream)
		}
		if stream == Issues {
			if got, err := IssueOfSubject(subject); err != nil || got != key.Issue() {
				t.Errorf("%s is about %v, %v", subject, got, err)
			}
		}
		if stream == DeadLetters || stream == Issues || stream == AuditLog {
			continue
		}
		if got, err := KeyOfSubject(subject); err != nil || got != key {
			t.Errorf("%s is about %v, %v", subject, got, err)
		}
	}
	if _, err := ArticleSubject(PageParsed, uri); !fault.Is(err, fault.Internal) {
		t.Errorf("an article subject for a page's event: %v", err)
	}
	if _, err := ArticleSubject(ArticleParsed, "urn:x"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an article subject for no uri: %v", err)
	}
}

func TestKeyOfSubjectRefuses(t *testing.T) {
	for _, s := range []string{"", "uploads", "uploads.a.2022-10-30.main", "uploads.a.2022-10-30.main.01.x", "uploads.A.2022-10-30.main.01", "pages.received.a.2022-02-30.main.01"} {
		if _, err := KeyOfSubject(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// The rules of the table that were learned by trial.
func TestStreamTable(t *testing.T) {
	share := ObjectsShare
	for _, s := range Streams {
		share += s.Share
		if (s.MaxAge != 0) != (s.Retention == Window) {
			t.Errorf("%s: only a window forgets", s.Name)
		}
	}
	if share > 1 {
		t.Errorf("the streams are promised %.0f %% of the storage", 100*share)
	}
	for _, c := range Consumers {
		i := slices.IndexFunc(Streams, func(s Stream) bool { return s.Name == c.Stream })
		if !strings.HasSuffix(c.Filter, ".>") || !slices.ContainsFunc(Streams[i].Subjects, func(subject string) bool {
			return matches(c.Filter, subject) || matches(subject, c.Filter)
		}) {
			t.Errorf("consumer %s filters %s in %s", c.Durable, c.Filter, c.Stream)
		}
	}
}

func TestRunsSortByTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first, same, later := NewRun(at), NewRun(at), NewRun(at.Add(time.Microsecond))
	if first == same || later <= first || later <= same {
		t.Errorf("%s %s %s", first, same, later)
	}
}
