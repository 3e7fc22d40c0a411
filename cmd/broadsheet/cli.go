package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/pkg/fault"
)

// cli is the command line.
type cli struct {
	Up          upCommand          `cmd:"" help:"Run everything in one process: NATS, upload, parsing, search, console."`
	Upload      uploadCommand      `cmd:"" help:"Upload pages from files and directories."`
	Search      searchCommand      `cmd:"" help:"Find articles."`
	Export      exportCommand      `cmd:"" help:"Write articles to JSON Lines, CSV or Parquet."`
	Import      importCommand      `cmd:"" help:"Take in articles of an archive that was segmented elsewhere."`
	Issue       issueCommand       `cmd:"" help:"Show a day's paper: its pages, those missing, its articles."`
	Status      statusCommand      `cmd:"" help:"Show the accounting of all pages, or the fate of one."`
	Watch       watchCommand       `cmd:"" help:"Show what happens, live or from a point in the past."`
	Parse       parseCommand       `cmd:"" help:"Read articles out of a page, without a server."`
	Entities    entitiesCommand    `cmd:"" help:"Find people, organisations, places, titles and dates in a text, without a server."`
	Eval        evalCommand        `cmd:"" help:"Measure parsing on pages whose articles are known."`
	Train       trainCommand       `cmd:"" help:"Fit the entity model to your own paper."`
	Typeset     typesetCommand     `cmd:"" help:"Set newspaper pages with gold, to measure parsers on."`
	Reparse     reparseCommand     `cmd:"" help:"Parse pages again."`
	Reindex     reindexCommand     `cmd:"" help:"Build the index anew from the streams, beside the one that is searched."`
	Withdraw    withdrawCommand    `cmd:"" help:"Hide an article or a page (撤稿)."`
	Reinstate   reinstateCommand   `cmd:"" help:"Take a withdrawal back."`
	Erase       eraseCommand       `cmd:"" help:"Take an article or a page down for good, with all that is kept of its text."`
	Audit       auditCommand       `cmd:"" help:"List who had what withdrawn, reinstated or erased, when and why."`
	Deadletters deadlettersCommand `cmd:"" help:"List what could not be handled; retry or discard it."`
	Webhook     webhookCommand     `cmd:"" help:"Deliver article events to an HTTP endpoint, signed."`
	Provision   provisionCommand   `cmd:"" help:"Create or update what a deployment needs in NATS and Elasticsearch."`
	Doctor      doctorCommand      `cmd:"" help:"Examine a deployment: what is wrong, and what to do about it."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// The exit codes.
const (
	exitOK          = 0
	exitRefused     = 1 // something was refused, is dead, or does not exist
	exitUsage       = 2 // the command line is wrong
	exitUnreachable = 3 // the server is away, or full
	exitInternal    = 4 // a mistake of ours
)

const description = `Newspaper pages in, searchable articles out.

Exit codes: 0 all well; 1 something was refused, is dead or does not exist (the output says what and why); 2 the command line is wrong; 3 the server cannot be reached or has no room; 4 a mistake of ours.

Begin with: broadsheet up --demo`

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// interactive reports whether w is a person's screen and not a pipe or a file.
func interactive(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// usageError is a mistake in the command line that kong can't see.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errRefused ends a command with exitRefused after it has said all there is to
// say.
var errRefused = errors.New("refused")

func run(args []string, in io.Reader, out, err io.Writer) int {
	var c cli
	parser, wrong := kong.New(&c,
		kong.Name("broadsheet"), kong.Description(description),
		kong.Writers(out, err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"server": "http://127.0.0.1:8080", "nats": "nats://127.0.0.1:4222"},
	)
	if wrong != nil {
		_, _ = fmt.Fprintln(err, "broadsheet:", wrong)
		return exitInternal
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	call, wrong := parser.Parse(args)
	if wrong != nil {
		_, _ = fmt.Fprintf(err, "broadsheet: %v\n  see broadsheet --help\n", wrong)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks to finish, the next one ends the process.
	context.AfterFunc(ctx, stop)
	call.BindTo(ctx, (*context.Context)(nil))
	call.Bind(&terminal{in, out, err})
	return report(err, ctx, call.Run())
}

// report says what went wrong and chooses the exit code.
func report(w io.Writer, ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.Is(err, syscall.EPIPE): // head has seen enough
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		_, _ = fmt.Fprintln(w, "broadsheet: interrupted")
		return exitUnreachable
	}
	_, _ = fmt.Fprintln(w, "broadsheet:", err)
	var f *fault.Error
	if errors.As(err, &f) && f.Remedy != "" {
		_, _ = fmt.Fprintln(w, " ", f.Remedy)
	}
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitCode(fault.KindOf(err))
}

func exitCode(kind fault.Kind) int {
	switch {
	case kind == fault.Internal:
		return exitInternal
	case kind.Policy().Fate == fault.Wait:
		return exitUnreachable
	}
	return exitRefused
}

// serverFlags say which Broadsheet to talk to.
type serverFlags struct {
	Server string `default:"${server}" env:"BROADSHEET_SERVER" placeholder:"URL" help:"Address of Broadsheet (${default})."`
	Token  string `env:"BROADSHEET_TOKEN" help:"Bearer token, where the server asks for one."`
}

func (f serverFlags) client(patience time.Duration) (*client.Client, error) {
	return client.New(client.Options{Server: f.Server, Token: f.Token, Patience: patience})
}
