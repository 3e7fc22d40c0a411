package embedded

import (
	"context"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Write writes articles in their order and returns one verdict for each. The
// batch is one step on disk; when Write returns it is durable.
func (s *volume) Write(ctx context.Context, writes []search.Write) []search.Verdict {
	verdicts := make([]search.Verdict, len(writes))
	s.writing.Lock()
	defer s.writing.Unlock()
	err := ctx.Err()
	if err == nil {
		err = s.write(writes, verdicts)
	}
	if err != nil {
		for i := range verdicts {
			if verdicts[i].Err == nil {
				verdicts[i] = search.Verdict{Err: err}
			}
		}
	}
	return verdicts
}

func (s *volume) write(writes []search.Write, verdicts []search.Verdict) error {
	if err := s.reopen(false); err != nil {
		return err
	}
	versions, err := s.versions(writes)
	if err != nil {
		return err
	}
	var fresh []int
	for i, w := range writes {
		held := versions[w.URI]
		verdicts[i].Outcome = event.Applied
		if w.Sequence < held {
			verdicts[i].Outcome = event.Overtaken
		}
		if w.Sequence > held {
			versions[w.URI] = w.Sequence
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return s.commit(func(batch *bleve.Batch) error {
		for _, i := range fresh {
			if err := batch.Index(writes[i].URI, record(writes[i])); err != nil {
				verdicts[i] = search.Verdict{Err: fault.Wrap(fault.Internal, err, "%s cannot be indexed", writes[i].URI)}
			}
		}
		return nil
	})
}

// record is a document as it is indexed. A withdrawn one has no field that a
// search could meet.
func record(w search.Write) map[string]any {
	r := map[string]any{fieldVersion: strconv.FormatInt(w.Sequence, 10), fieldSource: string(w.Source)}
	if w.Withdrawn {
		r[fieldWithdrawn] = "1"
		return r
	}
	d := search.NewDocument(&w.Article)
	r[fieldStatus] = newspaper.Usable
	for field, values := range map[string][]string{
		search.FieldHeadline: d.Headline, search.FieldBody: d.Body, search.FieldCaption: d.Caption, search.FieldByline: d.Byline,
		search.FieldPerson: d.Person, search.FieldOrganisation: d.Organisation, search.FieldPlace: d.Place,
		search.FieldCreator: d.Creator, search.FieldAgency: d.Agency, search.FieldTitle: d.Title, search.FieldOffice: d.Office,
		search.FieldSketch: d.Sketch,
	} {
		if len(values) > 0 {
			r[field] = values
		}
	}
	for field, value := range map[string]string{
		search.FieldPublication: d.Publication, search.FieldDate: d.Date, search.FieldEdition: d.Edition, search.FieldPage: d.Page,
		search.FieldType: d.Type, search.FieldMonth: d.Month, search.FieldConfidence: d.Confidence,
		search.FieldOrder: d.Order, search.FieldPosition: d.Position,
	} {
		if value != "" {
			r[field] = value
		}
	}
	return r
}

// versions returns the version that the index holds of each article; 0: none.
func (s *volume) versions(writes []search.Write) (map[string]int64, error) {
	done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	reader, err := s.reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	out := make(map[string]int64, len(writes))
	for _, w := range writes {
		if _, known := out[w.URI]; known {
			continue
		}
		stored, err := s.stored(reader, w.URI)
		if err != nil {
			return nil, err
		}
		out[w.URI] = stored.Sequence
	}
	return out, nil
}

func (s *volume) reader() (index.IndexReader, error) {
	advanced, err := s.index.Advanced()
	if err == nil {
		var reader index.IndexReader
		if reader, err = advanced.Reader(); err == nil {
			return reader, nil
		}
	}
	return nil, storage(err, "the index in %s cannot be read", s.dir)
}

// stored reads a document; one that is not there has sequence 0.
func (s *volume) stored(reader index.IndexReader, uri string) (search.Stored, error) {
	out := search.Stored{URI: uri}
	document, err := reader.Document(uri)
	if err != nil {
		return out, storage(err, "the index in %s cannot be read", s.dir)
	}
	if document == nil {
		return out, nil
	}
	document.VisitFields(func(f index.Field) {
		switch f.Name() {
		case fieldVersion:
			out.Sequence, err = strconv.ParseInt(string(f.Value()), 10, 64)
		case fieldWithdrawn:
			out.Withdrawn = true
		case fieldSource:
			out.Source = f.Value()
		}
	})
	if err != nil || out.Sequence == 0 {
		return out, storage(err, "the index in %s holds %s without its version", s.dir, uri)
	}
	return out, nil
}

// Get returns an article by its uri, also a withdrawn one; fault.NotFound when
// the index never had it.
func (s *volume) Get(_ context.Context, uri string) (search.Stored, error) {
	done, err := s.use()
	if err != nil {
		return search.Stored{}, err
	}
	defer done()
	reader, err := s.reader()
	if err != nil {
		return search.Stored{}, err
	}
	defer func() { _ = reader.Close() }()
	stored, err := s.stored(reader, uri)
	if err == nil && stored.Sequence == 0 {
		err = fault.New(fault.NotFound, "the index has no article %s", uri).On("uri").Fix("look up the uri by searching")
	}
	return stored, err
}
