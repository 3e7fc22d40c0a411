package elastic

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// found is Elasticsearch's answer to a search.
type found struct {
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []struct {
			ID     string            `json:"_id"`
			Source stored            `json:"_source"`
			Sort   []json.RawMessage `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
}

// Search answers a query from the read alias, which hides what is withdrawn.
func (s *Store) Search(ctx context.Context, q search.Query) (search.Result, error) {
	done, err := s.use()
	if err != nil {
		return search.Result{}, err
	}
	defer done()
	question := build(q)
	body, err := json.Marshal(question)
	if err != nil {
		return search.Result{}, fault.Wrap(fault.Internal, err, "the search cannot be written as JSON")
	}
	// The answer is not filtered: then the articles come back byte for byte. A part
	// of an answer is none. The pages of one search ask the same copies of
	// the shards, whose scores differ a little from those of others, and terms are
	// counted over all shards.
	path := "/" + url.PathEscape(s.alias()) + "/_search?allow_partial_search_results=false&search_type=dfs_query_then_fetch&preference=" + preference(q)
	var out found
	if _, err := s.client.call(ctx, http.MethodPost, path, body, &out); err != nil {
		return search.Result{}, asked(err)
	}
	hits := out.Hits.Hits
	result := search.Result{Total: out.Hits.Total.Value, More: len(hits) > q.Limit}
	for _, h := range hits[:min(len(hits), q.Limit)] {
		place, ok := place(q.Sort, h.Sort)
		if !ok || len(h.Source.Article) == 0 {
			return search.Result{}, fault.New(fault.Unavailable, "Elasticsearch gives %s without what was asked of it", h.ID)
		}
		result.Hits = append(result.Hits, search.Hit{URI: h.ID, Source: h.Source.Article, Place: place})
	}
	return result, nil
}

// preference is the same for all pages of a search.
func preference(q search.Query) string {
	q.Limit, q.Behind = 0, nil
	data, _ := json.Marshal(q) // plain data cannot fail
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// build makes Elasticsearch's query. Words decide the score, filters do not.
func build(q search.Query) object {
	all := object{}
	var must, filters []object
	for _, w := range q.Words {
		must = append(must, word(w))
	}
	for _, f := range q.Exact {
		filters = append(filters, object{"terms": object{f.Field: f.Values}})
	}
	if q.From != "" || q.To != "" {
		days := object{}
		if q.From != "" {
			days["gte"] = q.From
		}
		if q.To != "" {
			days["lte"] = q.To
		}
		filters = append(filters, object{"range": object{search.FieldDate: days}})
	}
	if len(must) > 0 {
		all["must"] = must
	}
	if len(filters) > 0 {
		all["filter"] = filters
	}
	question := object{
		"query": object{"bool": all}, "size": q.Limit + 1, "sort": order(q.Sort), "track_total_hits": true, "_source": true,
	}
	if q.Behind != nil {
		question["search_after"] = after(q.Sort, q.Behind.Keys)
	}
	return question
}

// word matches in any of the text fields.
func word(w search.Word) object {
	var any []object
	for _, f := range search.TextFields {
		field := f.Name
		if !w.Bigrams() {
			field += "." + single
		}
		any = append(any, object{"match_phrase": object{field: object{"query": search.Narrow(w.Text), "boost": f.Weight}}})
	}
	return object{"bool": object{"should": any, "minimum_should_match": 1}}
}

// order is Elasticsearch's form of a sort.
func order(s search.Sort) []object {
	var out []object
	for _, k := range s.Keys() {
		direction := "asc"
		if k.Descending {
			direction = "desc"
		}
		if k.Field == search.FieldScore {
			out = append(out, object{"_score": direction})
			continue
		}
		out = append(out, object{k.Field: object{"order": direction, "missing": "_last"}})
	}
	return out
}

// A place of a hit is kept as texts: of a score its digits, of a missing value
// nothing.

func place(s search.Sort, values []json.RawMessage) ([]string, bool) {
	keys := s.Keys()
	if len(values) != len(keys) {
		return nil, false
	}
	out := make([]string, len(keys))
	for i, k := range keys {
		if k.Field == search.FieldScore {
			if _, err := strconv.ParseFloat(string(values[i]), 64); err != nil {
				return nil, false
			}
			out[i] = string(values[i])
			continue
		}
		if !bytes.Equal(values[i], []byte("null")) && json.Unmarshal(values[i], &out[i]) != nil {
			return nil, false
		}
	}
	return out, true
}

func after(s search.Sort, keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range s.Keys() {
		switch {
		case k.Field == search.FieldScore:
			out[i] = json.Number(keys[i])
		case keys[i] != "":
			out[i] = keys[i]
		}
	}
	return out
}
