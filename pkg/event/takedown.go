package event

import (
	"slices"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Possible says of a takedown what parse would say in a dead letter, from what is
// live of the page.
func (c Command) Possible(m *newspaper.Manifest) error {
	if c.URI == "" {
		if c.Action == Reinstate && m.Withdrawn == "" {
			return fault.New(fault.Conflict, "page %s is not withdrawn", c.Key).On("key")
		}
		return nil
	}
	i := slices.IndexFunc(m.Articles, func(a newspaper.ManifestArticle) bool { return a.URI == c.URI })
	if i < 0 {
		return fault.New(fault.NotFound, "page %s never had an article %s", c.Key, c.URI).On("uri").Fix("look up the uri by searching, or with broadsheet status %s", c.Key)
	}
	switch state := m.Articles[i].State; {
	case state == newspaper.Erased && c.Action != Erase:
		return fault.New(fault.Gone, "%s was erased: nothing is left of it", c.URI).On("uri")
	case state != newspaper.Withdrawn && c.Action == Reinstate:
		return fault.New(fault.Conflict, "%s is not withdrawn", c.URI).On("uri")
	}
	return nil
}
