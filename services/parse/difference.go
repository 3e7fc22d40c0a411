package parse

import (
	"time"

	"broadsheet/pkg/newspaper"
)

// Difference is what a parse changed of a page, by the uris of its articles.
type Difference struct {
	Unchanged, Changed, Added, Withdrawn []string
}

// Differ compares what was live of a page before with what is after.
func Differ(before, after newspaper.Manifest) Difference {
	var d Difference
	was := map[string]int{}
	for _, k := range before.Articles {
		if k.State == newspaper.Live {
			was[k.URI] = k.Version
		}
	}
	for _, k := range after.Articles {
		version, there := was[k.URI]
		switch {
		case k.State != newspaper.Live:
			if there {
				d.Withdrawn = append(d.Withdrawn, k.URI)
			}
		case !there:
			d.Added = append(d.Added, k.URI)
		case version != k.Version:
			d.Changed = append(d.Changed, k.URI)
		default:
			d.Unchanged = append(d.Unchanged, k.URI)
		}
	}
	return d
}

// Preview is the manifest that a page would have after a parse, without the ties
// that jump lines make to other pages.
func Preview(last newspaper.Manifest, key newspaper.PageKey, parsed Parsed, at time.Time) newspaper.Manifest {
	return advance(last, key, parsed, at).manifest
}
