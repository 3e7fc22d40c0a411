// Command bench measures the all-in-one, or with -stack the processes of the
// compose file with a real nats-server and a real Elasticsearch: how fast they take
// pages, how soon those can be found, and what memory they need; of the stack also
// what each stage does alone; with -reparse how soon new pages are found while old
// ones are parsed again. Pages are made up. It prints a table.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"text/tabwriter"
	"time"

	"go.uber.org/zap"

	"broadsheet/cmd/broadsheet/allinone"
)

// settings are how much is measured.
type settings struct {
	pages     int           // back-filled
	articles  int           // on each
	uploaders int           // at once
	rate      int           // pages a second while latency is measured
	duration  time.Duration // of that
	stack     bool          // the services on their own, with nats-server and Elasticsearch
	rounds    int           // of each stage alone and all together
	each      int           // pages worked off by each and by all in a round
	reparse   bool          // what was back-filled is parsed again under new uploads
}

// childVariable makes this program the all-in-one that is measured.
const childVariable = "BROADSHEET_BENCH_DATA"

func main() {
	if dir := os.Getenv(childVariable); dir != "" {
		measured(dir)
		return
	}
	var s settings
	flag.IntVar(&s.pages, "pages", 1000, "pages to back-fill")
	flag.IntVar(&s.articles, "articles", 7, "articles on a page")
	flag.IntVar(&s.uploaders, "uploaders", 8, "uploads at once")
	flag.IntVar(&s.rate, "rate", 5, "pages a second while latency is measured")
	flag.DurationVar(&s.duration, "duration", 30*time.Second, "how long latency is measured")
	flag.BoolVar(&s.stack, "stack", false, "measure the processes of deploy/ with nats-server and Elasticsearch instead of the all-in-one")
	flag.IntVar(&s.rounds, "rounds", 3, "rounds in which each stage of the stack is measured alone, and all together")
	flag.IntVar(&s.each, "each", 2000, "pages that each stage, and all together, work off in a round")
	flag.BoolVar(&s.reparse, "reparse", false, "parse what was back-filled again while new pages come in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, s); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// measured is the child: it prints its address and ends with SIGTERM.
func measured(dir string) {
	ctx, stop := signal.NotifyContext(context.Background(), endSignals...)
	defer stop()
	config := zap.NewProductionConfig()
	config.Level.SetLevel(zap.WarnLevel)
	logger, err := config.Build()
	if err == nil {
		err = allinone.Run(ctx, allinone.Options{Data: dir, HTTP: "127.0.0.1:0", NATS: "127.0.0.1:0", MaxStore: 4 << 30, Logger: logger,
			Ready: func(r allinone.Running) { fmt.Println(r.HTTP, r.NATS, r.Took.Nanoseconds()) }})
	}
	if err != nil {
		fail(err)
	}
}

func bench(ctx context.Context, s settings) error {
	begin := startChild
	if s.stack {
		begin = startStack
	}
	c, err := begin(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	r := report{}
	r.add("machine", fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()), "")
	r.add("ready after start", round(c.ready), "< 2 s")
	if err := c.latency(ctx, s, &r); err != nil {
		return fmt.Errorf("latency: %w", err)
	}
	if err := c.backfill(ctx, s, &r); err != nil {
		return fmt.Errorf("back-fill: %w", err)
	}
	if s.reparse {
		if err := c.reparse(ctx, s, &r); err != nil {
			return fmt.Errorf("re-parse: %w", err)
		}
	}
	if c.stack != nil {
		if err := c.stack.stages(ctx, s, &r); err != nil {
			return fmt.Errorf("stages: %w", err)
		}
	}
	if err := c.balance(ctx, &r); err != nil {
		return err
	}
	return r.print()
}

// report is the table. Rows are also said as they are measured.
type report struct{ rows [][3]string }

func (r *report) add(what, figure, goal string) {
	r.rows = append(r.rows, [3]string{what, figure, goal})
	_, _ = fmt.Fprintf(os.Stderr, "%s: %s\n", what, figure)
}

func (r *report) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "what\tmeasured\tgoal")
	for _, row := range r.rows {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", row[0], row[1], row[2])
	}
	return w.Flush()
}

func round(d time.Duration) string {
	if d < time.Second {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
