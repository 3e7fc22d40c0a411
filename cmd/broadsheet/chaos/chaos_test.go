package main

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/deploy"
	"broadsheet/services/index/elastic/estest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(estest.Tests(m)) }

const folder = "../../../deploy"

// Two of the faults with one seed each; make chaos runs all of them.
func TestChaos(t *testing.T) {
	node := estest.Start(t)
	bin := t.TempDir()
	if err := deploy.Build(t.Context(), folder, bin); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nats", "rolling"} {
		t.Run(name, func(t *testing.T) {
			chosen, err := choose(name)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			r := once(ctx, chosen[0], options{folder: folder, bin: bin, dir: t.TempDir(), node: node, rounds: 1, seed: 1})
			if t.Log(r); !r.good() {
				t.Errorf("again with: make chaos FAULT=%s SEED=1", name)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	if all, err := choose(""); err != nil || len(all) != 8 {
		t.Errorf("%d faults, %v", len(all), err)
	}
	if _, err := choose("flood"); err == nil {
		t.Error("there is a flood")
	}
}
