// Command chaos breaks a deployment while pages are uploaded, and counts them
// afterwards. It runs the processes of the compose file with a real nats-server and
// a real Elasticsearch, kills them at moments that a seed decides, waits until
// everything is settled by itself, and holds what was acknowledged against the
// streams, the index and the console's own books, by id and version.
//
//	go run broadsheet/cmd/broadsheet/chaos                          # all faults, five seeds each
//	go run broadsheet/cmd/broadsheet/chaos -fault index -seed 3     # one again
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"broadsheet/deploy"
	"broadsheet/services/index/elastic/estest"
)

// settings are what is run.
type settings struct {
	fault  string        // name; "": all
	seed   uint64        // of one run; 0: 1 to seeds
	seeds  uint64        // runs of each fault
	down   time.Duration // how long Elasticsearch is away
	rounds int           // how much is killed
	folder string        // of the compose file
	keep   bool          // logs of good runs too
}

func main() {
	var s settings
	flag.StringVar(&s.fault, "fault", "", "only this fault: "+strings.Join(names(), ", "))
	flag.Uint64Var(&s.seed, "seed", 0, "only this seed")
	flag.Uint64Var(&s.seeds, "seeds", 5, "seeds of each fault, from 1 on")
	flag.DurationVar(&s.down, "down", time.Minute, "how long Elasticsearch stays away")
	flag.IntVar(&s.rounds, "rounds", 2, "how much is killed in a run: a process four times this, everything this")
	flag.StringVar(&s.folder, "deploy", "deploy", "folder of docker-compose.yml")
	flag.BoolVar(&s.keep, "keep", false, "keep the logs of good runs as well")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

var errBroken = errors.New("something was lost, doubled or left behind: see above")

func run(ctx context.Context, s settings) error {
	chosen, err := choose(s.fault)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "broadsheet-chaos-")
	if err != nil {
		return err
	}
	good := true
	defer func() {
		if good && !s.keep {
			_ = os.RemoveAll(dir)
		}
	}()
	bin := filepath.Join(dir, "bin")
	if err := deploy.Build(ctx, s.folder, bin); err != nil {
		return err
	}
	node, err := estest.Open(ctx)
	if err != nil {
		return err
	}
	defer node.Close()
	var all []result
	for _, f := range chosen {
		for _, seed := range s.list() {
			o := options{folder: s.folder, bin: bin, dir: filepath.Join(dir, fmt.Sprintf("%s-%d", f.name, seed)), node: node, down: s.down, rounds: s.rounds, seed: seed}
			r := once(ctx, f, o)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			fmt.Println(r)
			if !r.good() {
				good = false
				fmt.Printf("  again with: make chaos FAULT=%s SEED=%d; logs: %s\n", f.name, seed, o.dir)
			}
			all = append(all, r)
		}
	}
	fmt.Println()
	fmt.Print(table(all))
	if !good {
		return errBroken
	}
	return nil
}

// list is the seeds to run.
func (s settings) list() []uint64 {
	if s.seed != 0 {
		return []uint64{s.seed}
	}
	var out []uint64
	for seed := range s.seeds {
		out = append(out, seed+1)
	}
	return out
}
