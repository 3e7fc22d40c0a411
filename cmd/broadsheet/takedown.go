package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// takedownFlags are common to withdraw, reinstate and erase.
type takedownFlags struct {
	natsFlags
	What   string `arg:"" name:"uri-or-key" help:"An article's uri, or a page: publication/date/edition/page."`
	Reason string `required:"" help:"Why, for readers who ask for it."`
	Who    string `placeholder:"NAME" help:"Who asks for it, for the audit log; your login unless given."`
}

type withdrawCommand struct {
	takedownFlags
	Until string `placeholder:"DAY" help:"The day it comes back by itself, YYYY-MM-DD."`
}

// Help is shown by --help.
func (withdrawCommand) Help() string {
	return `What is withdrawn leaves search, answers 410 with the reason, and stays hidden through every later parse, upload and reindex, until it is reinstated.

Examples:
  broadsheet withdraw urn:broadsheet:article:lvliang-ribao:2022-10-30:main:01:7f3c9a1e --reason '稿件失实'
  broadsheet withdraw lvliang-ribao/2022-10-30/main/01 --reason 'embargo' --until 2022-11-02`
}

// Run gives the command.
func (c withdrawCommand) Run(ctx context.Context, t *terminal) error {
	if c.Until != "" {
		day, err := time.Parse(time.DateOnly, c.Until)
		if err != nil {
			return usage("--until %q is not a day of the calendar: write it as YYYY-MM-DD", c.Until)
		}
		if !day.After(time.Now()) {
			return usage("--until %s is not in the future", c.Until)
		}
	}
	return c.give(ctx, t, event.Command{Action: event.Withdraw, Until: c.Until}, "withdrawn")
}

type reinstateCommand struct{ takedownFlags }

// Help is shown by --help.
func (reinstateCommand) Help() string {
	return `What comes back has its uri and the next version. A page that is reinstated brings back what was hidden with it; an article that was withdrawn for its own sake stays hidden until it is reinstated itself. What was erased cannot come back; a page that was erased takes uploads again.

Examples:
  broadsheet reinstate urn:broadsheet:article:lvliang-ribao:2022-10-30:main:01:7f3c9a1e --reason '核实无误'
  broadsheet reinstate lvliang-ribao/2022-10-30/main/01 --reason 'the right page after all'`
}

// Run gives the command.
func (c reinstateCommand) Run(ctx context.Context, t *terminal) error {
	return c.give(ctx, t, event.Command{Action: event.Reinstate}, "reinstated")
}

type eraseCommand struct {
	takedownFlags
	Yes bool `help:"Do it. There is no way back."`
}

// Help is shown by --help.
func (eraseCommand) Help() string {
	return `Hides an article or a page as withdraw does and purges what is kept of its text: events, the uploaded bytes and the page's text, dead letters, the index. A tombstone without content stays. It cannot be taken back.

The bytes of a page hold all its articles. Erasing one purges them too: the page's other articles stay as they are, but the page cannot be parsed again until it is uploaded without what was erased.

Examples:
  broadsheet erase urn:broadsheet:article:lvliang-ribao:2022-10-30:main:01:7f3c9a1e --reason '法院判决' --yes
  broadsheet erase lvliang-ribao/2022-10-30/main/01 --reason 'personal data' --yes`
}

// Run gives the command.
func (c eraseCommand) Run(ctx context.Context, t *terminal) error {
	if !c.Yes {
		return usage("erasing cannot be taken back: add --yes to do it, or use broadsheet withdraw, which can")
	}
	return c.give(ctx, t, event.Command{Action: event.Erase}, "erased")
}

// give checks the command against what is there and hands it over.
func (f takedownFlags) give(ctx context.Context, t *terminal, c event.Command, done string) error {
	c.Run, c.Reason, c.Who = event.NewRun(time.Now()), strings.TrimSpace(f.Reason), f.who()
	if c.Reason == "" {
		return usage("--reason is empty: readers are told why")
	}
	var err error
	if c.Key, c.URI, err = target(f.What); err != nil {
		return usageError{err}
	}
	b, err := f.connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	page, _, err := b.Page(ctx, c.Key)
	if err != nil {
		return err
	}
	if len(page.Revisions) == 0 {
		return fault.New(fault.NotFound, "page %s was never received", c.Key).On("key")
	}
	manifest, _, err := b.Manifest(ctx, c.Key)
	if err != nil {
		return err
	}
	if err := c.Possible(&manifest); err != nil {
		return err
	}
	if err := b.Command(ctx, "parse", c); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s will be %s\n", f.What, done)
	return err
}

// target reads an article's uri or a page's key.
func target(what string) (newspaper.PageKey, string, error) {
	if strings.HasPrefix(what, "urn:") {
		key, _, err := newspaper.ParseArticleURI(what)
		return key, what, err
	}
	key, err := newspaper.ParsePageKey(what)
	return key, "", err
}

// who asks: as given, or the login at this machine and the user of NATS.
func (f takedownFlags) who() string {
	if who := strings.TrimSpace(f.Who); who != "" {
		return who
	}
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if f.User != "" {
		name += " as " + f.User
	}
	if name == "" {
		return "unknown"
	}
	return name
}

type auditCommand struct {
	natsFlags
	Key  string `placeholder:"URI|KEY" help:"Only what was done about this article or page."`
	JSON bool   `name:"json" help:"One JSON object for each entry."`
}

// Help is shown by --help.
func (auditCommand) Help() string {
	return `Entries cannot be changed or removed, and hold nothing of what was taken down.

Examples:
  broadsheet audit
  broadsheet audit --key lvliang-ribao/2022-10-30/main/01 --json`
}

// Run lists.
func (c auditCommand) Run(ctx context.Context, t *terminal) error {
	filter, uri := "", ""
	if c.Key != "" {
		key, about, err := target(c.Key)
		if err != nil {
			return usageError{err}
		}
		filter, uri = "audit."+key.Subject()+".>", about
	}
	b, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	lines := json.NewEncoder(t.out)
	lines.SetEscapeHTML(false)
	err = b.AuditLog(ctx, filter, func(a event.Audit) error {
		if uri != "" && a.URI != uri {
			return nil
		}
		if c.JSON {
			return lines.Encode(a)
		}
		what := a.URI
		if what == "" && !a.Key.IsZero() {
			what = a.Key.String()
		}
		if a.Letter != "" {
			what = a.Letter
		}
		reason := a.Reason
		if a.Until != "" {
			reason += " (until " + a.Until + ")"
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Time.Format(time.RFC3339), printable(a.Who), a.Action, what, printable(reason))
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}
