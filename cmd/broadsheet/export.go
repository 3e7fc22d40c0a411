package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/export"
	"broadsheet/pkg/fault"
)

type exportCommand struct {
	serverFlags
	filterFlags
	Query  []string `arg:"" optional:"" help:"Words to look for; none: all articles."`
	Format string   `enum:"jsonl,csv,parquet" default:"jsonl" help:"jsonl, csv or parquet (${default})."`
	Out    string   `placeholder:"FILE" help:"File to write; without it, standard output."`
	Resume bool     `help:"Go on with a file that an earlier export began: same filters, jsonl or csv."`
	Cursor string   `help:"Begin behind the articles of an earlier export, as it said when it ended early."`
}

// Help is shown by --help.
func (exportCommand) Help() string {
	return `Writes the articles that a search finds, oldest first, as they come: memory does not grow with their number. jsonl has the articles as they are, and is what broadsheet import takes; csv and parquet have a row for each, parquet with the whole article as JSON beside. An export that ends early says the cursor to go on with; with --out, --resume finds it in FILE.cursor by itself.

Examples:
  broadsheet export --publication lvliang-ribao --from 2022-01-01 --to 2022-12-31 --out 2022.jsonl
  broadsheet export --resume --publication lvliang-ribao --from 2022-01-01 --to 2022-12-31 --out 2022.jsonl
  broadsheet export --format parquet --person 刘振国 --out liu.parquet
  broadsheet export 煤矿 --format csv > coal.csv`
}

// exportPatience is how long a server that is away is waited for.
const exportPatience = time.Minute

// exportBatch is how many articles are asked for at once.
const exportBatch = 100

func (c exportCommand) query() url.Values {
	q := c.filterFlags.query()
	q.Set("sort", "oldest")
	q.Set("limit", strconv.Itoa(exportBatch))
	if words := strings.Join(c.Query, " "); words != "" {
		q.Set("q", words)
	}
	return q
}

// Run exports.
func (c exportCommand) Run(ctx context.Context, t *terminal) error {
	if c.Resume && (c.Out == "" || c.Cursor != "" || c.Format == string(export.Parquet)) {
		return usage("--resume goes with --out, for jsonl and csv, and instead of --cursor")
	}
	server, err := c.client(exportPatience)
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	e := exporting{server: server, query: c.query(), cursor: c.Cursor}
	if err := e.open(c, t.out); err != nil {
		return err
	}
	failed := e.run(ctx)
	if err := e.close(failed == nil); err != nil && failed == nil {
		failed = err
	}
	if failed == nil {
		_, _ = fmt.Fprintf(t.err, "%d articles\n", e.written)
		return nil
	}
	_, _ = fmt.Fprintf(t.err, "ended early, after %d articles\n", e.written)
	switch {
	case c.Out != "" && c.Format != string(export.Parquet):
		_, _ = fmt.Fprintln(t.err, "run the same command with --resume to go on")
	case e.cursor != "":
		_, _ = fmt.Fprintf(t.err, "go on with --cursor %s and another file\n", e.cursor)
	}
	return failed
}

// exporting is a running export.
type exporting struct {
	server  *client.Client
	query   url.Values
	cursor  string // behind the last article that was written
	written int
	out     export.Writer
	file    *os.File // nil: standard output
	state   string   // path of what resuming needs; empty: it is not kept
}

// exportState is what resuming needs, beside the file itself.
type exportState struct {
	Query   string `json:"query"`
	Cursor  string `json:"cursor"`
	Written int    `json:"written"`
	Bytes   int64  `json:"bytes"` // of the file: what is behind them was not complete
}

func (e *exporting) open(c exportCommand, stdout io.Writer) error {
	to, head := stdout, true
	if c.Out != "" {
		flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if c.Resume {
			flags, head = os.O_WRONLY, false
		}
		if c.Format != string(export.Parquet) {
			e.state = c.Out + ".cursor"
		}
		var err error
		e.file, err = os.OpenFile(c.Out, flags, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return fault.New(fault.Conflict, "%s is there already", c.Out).On("out").Fix("give another file, --resume to go on with it, or remove it")
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "cannot write").On("out").Fix("correct the path")
		}
		to = e.file
		if c.Resume {
			if err := e.resume(); err != nil {
				_ = e.file.Close()
				return err
			}
		}
	}
	var err error
	if e.out, err = export.New(export.Format(c.Format), to, head); err != nil || c.Resume {
		return err
	}
	if err := e.out.Flush(); err != nil {
		return err
	}
	return e.save()
}

// resume goes back to where the file was last known to be complete.
func (e *exporting) resume() error {
	data, err := os.ReadFile(e.state)
	var s exportState
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s does not say how far the export came", e.state).On("resume").Fix("it is complete, or has to be begun anew")
	}
	if s.Query != e.query.Encode() {
		return fault.New(fault.Conflict, "the file was begun with other filters").On("resume").Fix("repeat them as they were: %s", s.Query)
	}
	if info, err := e.file.Stat(); err != nil || info.Size() < s.Bytes {
		return fault.New(fault.Corrupt, "the file is shorter than it was").On("resume").Fix("begin it anew")
	}
	if err := e.file.Truncate(s.Bytes); err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot go on with the file").On("out")
	}
	e.cursor, e.written = s.Cursor, s.Written
	_, err = e.file.Seek(s.Bytes, io.SeekStart)
	return err
}

func (e *exporting) run(ctx context.Context) error {
	for {
		q := url.Values{}
		for name, values := range e.query {
			q[name] = values
		}
		if e.cursor != "" {
			q.Set("cursor", e.cursor)
		}
		hits, err := e.server.SearchPatiently(ctx, q)
		if err != nil {
			return err
		}
		if hits.Relaxed { // what is exported has all that was asked for
			hits.Articles, hits.Next = nil, ""
		}
		for i := range hits.Articles {
			if err := e.out.Write(&hits.Articles[i].Article); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		if err := e.reached(len(hits.Articles), hits.Next); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if hits.Next == "" {
			return nil
		}
	}
}

// reached makes what was written last for good, as far as the file is concerned.
func (e *exporting) reached(n int, next string) error {
	if err := e.out.Flush(); err != nil {
		return err
	}
	e.written += n
	if next == "" {
		return nil // the end: until it is closed, resuming begins at the part before
	}
	e.cursor = next
	return e.save()
}

// save writes down how far the file is complete.
func (e *exporting) save() error {
	if e.file == nil || e.state == "" {
		return nil
	}
	at, err := e.file.Seek(0, io.SeekCurrent)
	if err == nil {
		err = e.file.Sync()
	}
	if err != nil {
		return err
	}
	data, err := json.Marshal(exportState{e.query.Encode(), e.cursor, e.written, at})
	if err != nil {
		return err
	}
	if err := os.WriteFile(e.state+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(e.state+".new", e.state)
}

// close ends the file. What resuming needs goes when nothing is left to be done.
func (e *exporting) close(complete bool) error {
	err := e.out.Close()
	if e.file == nil {
		return err
	}
	if closing := e.file.Close(); err == nil {
		err = closing
	}
	if err == nil && complete && e.state != "" {
		err = os.Remove(e.state)
	}
	return err
}
