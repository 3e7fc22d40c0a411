package elastic

import (
	"strings"

	"broadsheet/services/index/search"
)

// A generation is one physical index, PREFIX-<id>. It is written to under an
// alias of its own, PREFIX-<id>-write, because Elasticsearch refuses to make up
// an alias where it would make up an index. PREFIX is the alias that searches go
// to: it stands for one generation and hides what is withdrawn.

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
	return generation, ok && search.ValidGeneration(generation)
}
