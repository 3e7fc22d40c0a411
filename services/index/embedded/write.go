package embedded

import (
	"context"
	"strconv"

	index "github.com/blevesearch/bleve_index_api"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Write writes articles in their order and returns one verdict for each. The
// batch is one step on disk; when Write returns it is durable.
func (v *volume) Write(ctx context.Context, writes []search.Write) []search.Verdict {
	verdicts := make([]search.Verdict, len(writes))
	fail := func(err error) []search.Verdict {
		for i := range verdicts {
			if verdicts[i].Err == nil {
				verdicts[i] = search.Verdict{Err: err}
			}
		}
		return verdicts
	}
	done, err := v.use()
	if err != nil {
		return fail(err)
	}
	defer done()
	v.writing.Lock()
	defer v.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	if err := v.settle(); err != nil {
		return fail(err)
	}
	batch := v.index.NewBatch()
	versions, err := v.versions(writes)
	if err != nil {
		return fail(err)
	}
	for i, w := range writes {
		switch held := versions[w.URI]; {
		case w.Sequence < held:
			verdicts[i].Outcome = event.Overtaken
			continue
		case w.Sequence == held:
			verdicts[i].Outcome = event.Applied
			continue
		}
		if err := batch.Index(w.URI, record(w)); err != nil {
			verdicts[i].Err = fault.Wrap(fault.Internal, err, "%s cannot be indexed", w.URI)
			continue
		}
		versions[w.URI] = w.Sequence
		verdicts[i].Outcome = event.Applied
	}
	if batch.Size() == 0 {
		return verdicts
	}
	if err := v.index.Batch(batch); err != nil {
		v.unsure = true
		return fail(storage(err, "the index in %s takes no writes", v.dir))
	}
	return verdicts
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
		search.FieldCreator: d.Creator, search.FieldAgency: d.Agency,
	} {
		if len(values) > 0 {
			r[field] = values
		}
	}
	for field, value := range map[string]string{
		search.FieldPublication: d.Publication, search.FieldDate: d.Date, search.FieldEdition: d.Edition, search.FieldPage: d.Page,
		search.FieldType: d.Type, search.FieldOrder: d.Order,
	} {
		if value != "" {
			r[field] = value
		}
	}
	return r
}

// versions returns the version that the index holds of each article; 0: none.
func (v *volume) versions(writes []search.Write) (map[string]int64, error) {
	reader, err := v.reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	out := make(map[string]int64, len(writes))
	for _, w := range writes {
		if _, known := out[w.URI]; known {
			continue
		}
		stored, err := v.stored(reader, w.URI)
		if err != nil {
			return nil, err
		}
		out[w.URI] = stored.Sequence
	}
	return out, nil
}

func (v *volume) reader() (index.IndexReader, error) {
	advanced, err := v.index.Advanced()
	if err == nil {
		var reader index.IndexReader
		if reader, err = advanced.Reader(); err == nil {
			return reader, nil
		}
	}
	return nil, storage(err, "the index in %s cannot be read", v.dir)
}

// stored reads a document; one that is not there has sequence 0.
func (v *volume) stored(reader index.IndexReader, uri string) (search.Stored, error) {
	out := search.Stored{URI: uri}
	document, err := reader.Document(uri)
	if err != nil {
		return out, storage(err, "the index in %s cannot be read", v.dir)
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
		return out, storage(err, "the index in %s holds %s without its version", v.dir, uri)
	}
	return out, nil
}

// Get returns an article by its uri, also a withdrawn one; fault.NotFound when
// the index never had it.
func (v *volume) Get(_ context.Context, uri string) (search.Stored, error) {
	done, err := v.use()
	if err != nil {
		return search.Stored{}, err
	}
	defer done()
	reader, err := v.reader()
	if err != nil {
		return search.Stored{}, err
	}
	defer func() { _ = reader.Close() }()
	stored, err := v.stored(reader, uri)
	if err == nil && stored.Sequence == 0 {
		err = fault.New(fault.NotFound, "the index has no article %s", uri).On("uri").Fix("look up the uri by searching")
	}
	return stored, err
}
