package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// item is a write on its way: the end of its lines in the body of the request,
// and where its verdict goes.
type item struct {
	write   search.Write
	end     int
	verdict *search.Verdict
}

// Write writes articles into the generation that searches answer from. Each gets
// its own verdict from Elasticsearch's answer for it; where there is none, or one
// that cannot be trusted, the article is in doubt and its verdict unavailable.
func (s *Store) Write(ctx context.Context, writes []search.Write) []search.Verdict {
	if len(writes) == 0 {
		return nil
	}
	generation, err := s.live(ctx)
	if err != nil {
		return all(writes, err)
	}
	return s.write(ctx, generation, writes)
}

// all is one verdict for all.
func all(writes []search.Write, err error) []search.Verdict {
	verdicts := make([]search.Verdict, len(writes))
	for i := range verdicts {
		verdicts[i].Err = err
	}
	return verdicts
}

// write writes into a generation: in requests bounded by size and count, as many
// at once as there are flights.
func (s *Store) write(ctx context.Context, generation string, writes []search.Write) []search.Verdict {
	done, err := s.use()
	if err != nil {
		return all(writes, err)
	}
	defer done()
	verdicts := make([]search.Verdict, len(writes))
	var requests sync.WaitGroup
	var items []item
	var body []byte
	send := func() {
		full, lines := items, body
		items, body = nil, nil
		select {
		case s.flights <- struct{}{}:
		case <-ctx.Done():
			settle(full, fault.Wrap(fault.Unavailable, ctx.Err(), "the write was interrupted"))
			return
		}
		requests.Go(func() {
			defer func() { <-s.flights }()
			s.bulk(ctx, generation, full, lines)
		})
	}
	for i, w := range writes {
		if len(items) == s.o.BulkDocuments {
			send()
		}
		if len(items) == 0 {
			body = make([]byte, 0, s.room(writes[i:]))
		}
		lines, err := AppendLines(body, w)
		if err != nil {
			verdicts[i].Err = fault.Wrap(fault.Internal, err, "%s cannot be written as JSON", w.URI)
			continue
		}
		if len(items) > 0 && len(lines) > s.o.BulkBytes {
			next := lines[len(body):]
			send()
			lines = append(make([]byte, 0, s.room(writes[i:])), next...)
		}
		body = lines
		items = append(items, item{w, len(body), &verdicts[i]})
	}
	if len(items) > 0 {
		send()
	}
	requests.Wait()
	return verdicts
}

// room is about how many bytes the next request takes: what an article is found
// by is about as long as the article.
func (s *Store) room(writes []search.Write) (bytes int) {
	for _, w := range writes[:min(len(writes), s.o.BulkDocuments)] {
		bytes += 2*len(w.Source) + 512
	}
	return min(bytes, s.o.BulkBytes)
}

// AppendLines appends an article's part of a bulk request: the action and the
// document.
func AppendLines(body []byte, w search.Write) ([]byte, error) {
	if bytes.IndexByte(w.Source, '\n') >= 0 || bytes.IndexByte(w.Source, '\r') >= 0 { // the end of a line is the end of a document
		var compact bytes.Buffer
		if err := json.Compact(&compact, w.Source); err != nil {
			return nil, err
		}
		w.Source = compact.Bytes()
	}
	searched, err := searched(w)
	if err != nil {
		return nil, err
	}
	id, err := json.Marshal(w.URI)
	if err != nil {
		return nil, err
	}
	body = append(append(body, `{"index":{"_id":`...), id...)
	body = append(body, `,"version":`...)
	body = strconv.AppendInt(body, w.Sequence, 10)
	body = append(body, `,"version_type":"external"}}`+"\n"...)
	body = append(body, `{"`+fieldArticle+`":`...) // the bytes it came as: what is answered is what was published
	body = append(append(body, w.Source...), ',')
	body = append(body, searched[1:]...)
	return append(body, '\n'), nil
}

func settle(items []item, err error) {
	for _, i := range items {
		*i.verdict = search.Verdict{Err: err}
	}
}

// answered is what is asked of Elasticsearch's answer for each item.
const answered = "items.*._id,items.*._version,items.*.status,items.*.result,items.*.error.type,items.*.error.reason"

// answer is Elasticsearch's answer for one item.
type answer struct {
	ID      string `json:"_id"`
	Version int64  `json:"_version"`
	Status  int    `json:"status"`
	Result  string `json:"result"`
	Error   *cause `json:"error"`
}

// bulk sends one request and settles its items. A request that is refused as a
// whole, for its size or for something in it, is sent again in halves, so that
// the one to blame is found.
func (s *Store) bulk(ctx context.Context, generation string, items []item, body []byte) {
	bounded, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	var out struct {
		Items []map[string]answer `json:"items"`
	}
	path := "/" + url.PathEscape(s.writeAlias(generation)) + "/_bulk?require_alias=true&filter_path=" + answered
	status, err := s.client.call(bounded, http.MethodPost, path, body, &out)
	switch {
	case (status == http.StatusRequestEntityTooLarge || status == http.StatusBadRequest) && len(items) > 1:
		middle := len(items) / 2
		half := items[middle-1].end - (items[len(items)-1].end - len(body))
		s.bulk(ctx, generation, items[:middle], body[:half])
		s.bulk(ctx, generation, items[middle:], body[half:])
		return
	case err != nil:
		s.doubt(err)
		settle(items, err)
		return
	}
	if err := s.trust(items, out.Items); err != nil {
		s.log.Warn("an answer to a bulk request is not believed, and its articles are written again", zap.Error(err))
		settle(items, err)
		return
	}
	var overtaken []item
	for n, i := range items {
		a := out.Items[n]["index"]
		switch {
		case a.Status == http.StatusConflict && a.Error != nil && a.Error.Type == "version_conflict_engine_exception":
			overtaken = append(overtaken, i)
		case a.Error != nil:
			i.verdict.Err = classify(a.Status, a.Error.Type, a.Error.Reason)
			s.doubt(i.verdict.Err)
		default:
			i.verdict.Outcome = event.Applied
		}
	}
	if len(overtaken) > 0 {
		s.compare(bounded, generation, overtaken)
	}
}

// trust reports why an answer does not say what became of each item: only an
// answer for just these items, in their order, that says of each what was done
// or why not, counts.
func (s *Store) trust(items []item, answers []map[string]answer) error {
	doubt := func(format string, args ...any) error {
		return fault.New(fault.Unavailable, "Elasticsearch's answer to a write cannot be believed: "+format, args...).
			Fix("look for a proxy between us that cuts or changes answers; nothing is lost, it is written again")
	}
	if len(answers) != len(items) {
		return doubt("%d articles were written and %d are answered", len(items), len(answers))
	}
	for n, i := range items {
		a, ok := answers[n]["index"]
		switch {
		case !ok || a.ID != i.write.URI:
			return doubt("of %s it says nothing in its place", i.write.URI)
		case a.Error != nil && a.Status >= http.StatusBadRequest && a.Error.Type != "":
		case a.Error == nil && (a.Status == http.StatusOK || a.Status == http.StatusCreated) && (a.Result == "created" || a.Result == "updated") && a.Version == i.write.Sequence:
		default:
			return doubt("of %s it says neither that it is stored nor why not (status %d)", i.write.URI, a.Status)
		}
	}
	return nil
}

// compare settles items that Elasticsearch refused because it has the article in
// the same version or a newer one: it asks which.
func (s *Store) compare(ctx context.Context, generation string, items []item) {
	ids := make([]string, len(items))
	for n, i := range items {
		ids[n] = i.write.URI
	}
	body, err := json.Marshal(object{"ids": ids})
	if err != nil {
		settle(items, err)
		return
	}
	var out struct {
		Docs []struct {
			ID      string `json:"_id"`
			Found   bool   `json:"found"`
			Version int64  `json:"_version"`
		} `json:"docs"`
	}
	path := "/" + url.PathEscape(s.writeAlias(generation)) + "/_mget?_source=false&filter_path=docs._id,docs.found,docs._version"
	if _, err := s.client.call(ctx, http.MethodPost, path, body, &out); err != nil {
		s.doubt(err)
		settle(items, err)
		return
	}
	held := make(map[string]int64, len(out.Docs))
	for _, d := range out.Docs {
		if d.Found {
			held[d.ID] = d.Version
		}
	}
	for _, i := range items {
		switch version := held[i.write.URI]; {
		case version == i.write.Sequence:
			i.verdict.Outcome = event.Applied
		case version > i.write.Sequence:
			i.verdict.Outcome = event.Overtaken
		default: // it was there a moment ago
			i.verdict.Err = fault.New(fault.Unavailable, "Elasticsearch has a newer version of %s and does not find it", i.write.URI)
		}
	}
}
