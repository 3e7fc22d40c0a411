package search

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"time"

	"broadsheet/pkg/event"
)

// A generation is the content of a store from its empty beginning on. Its id
// begins with the time of that, so that ids sort by age.

// Writer writes articles in the order given and returns one verdict for each.
type Writer = func(context.Context, []Write) []Verdict

var generationForm = regexp.MustCompile(`^g[0-9]{14}[0-9a-f]{8}$`)

// NewGeneration returns an id for a generation that begins now.
func NewGeneration() string { return GenerationOf(event.NewRun(time.Now())) }

// GenerationOf returns the id of the generation that a command's run builds: the
// same for the same run, whoever carries it out.
func GenerationOf(run string) string {
	sum := sha256.Sum256([]byte(run))
	at := "00000000000000"
	if t, err := time.Parse("20060102T150405", run[:min(len(run), 15)]); err == nil {
		at = t.Format("20060102150405")
	}
	return "g" + at + hex.EncodeToString(sum[:4])
}

// ValidGeneration reports whether s has the form of an id.
func ValidGeneration(s string) bool { return generationForm.MatchString(s) }
