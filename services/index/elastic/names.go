package elastic

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
)

// A generation is one physical index, PREFIX-<id>. It is written to under an
// alias of its own, PREFIX-<id>-write, because Elasticsearch refuses to make up
// an alias where it would make up an index. PREFIX is the alias that searches go
// to: it stands for one generation and hides what is withdrawn.

// generationForm is the form of a generation's id: the time it was begun, and
// something that tells two of one second apart.
var generationForm = regexp.MustCompile(`^g[0-9]{14}[0-9a-f]{4}$`)

// NewGeneration returns an id for a generation that begins now.
func NewGeneration() string {
	var b [2]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return "g" + time.Now().UTC().Format("20060102150405") + hex.EncodeToString(b[:])
}

func (s *Store) alias() string                     { return s.o.Prefix }
func (s *Store) physical(generation string) string { return s.o.Prefix + "-" + generation }
func (s *Store) writeAlias(generation string) string {
	return s.physical(generation) + "-write"
}
func (s *Store) template() string { return s.o.Prefix }

// pattern meets all our physical indices.
func (s *Store) pattern() string { return s.o.Prefix + "-g*" }

// generationOf returns the generation of a physical index; false: it is not ours.
func (s *Store) generationOf(index string) (string, bool) {
	generation, ok := strings.CutPrefix(index, s.o.Prefix+"-")
	return generation, ok && generationForm.MatchString(generation)
}
