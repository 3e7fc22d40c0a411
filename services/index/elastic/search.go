package elastic

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// found is Elasticsearch's answer to a search.
type found struct {
	Hits struct {
		Total struct {
			Value    int    `json:"value"`
			Relation string `json:"relation"`
		} `json:"total"`
		Hits []struct {
			ID     string            `json:"_id"`
			Source stored            `json:"_source"`
			Sort   []json.RawMessage `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]struct {
		Buckets []struct {
			Key   string `json:"key"`
			Count int    `json:"doc_count"`
		} `json:"buckets"`
	} `json:"aggregations"`
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
	result := search.Result{
		Total: out.Hits.Total.Value, AtLeast: out.Hits.Total.Relation == "gte", More: len(hits) > q.Limit, Facets: out.facets(q.Facets),
	}
	for _, h := range hits[:min(len(hits), q.Limit)] {
		place, ok := place(q.Sort, h.Sort)
		if !ok || len(h.Source.Article) == 0 {
			return search.Result{}, fault.New(fault.Unavailable, "Elasticsearch gives %s without what was asked of it", h.ID)
		}
		result.Hits = append(result.Hits, search.Hit{URI: h.ID, Source: h.Source.Article, Place: place})
	}
	return result, nil
}

// facets are the counts in the form of all stores.
func (f *found) facets(asked []search.Facet) map[string][]search.Count {
	if len(asked) == 0 {
		return nil
	}
	out := make(map[string][]search.Count, len(asked))
	for _, facet := range asked {
		counts := []search.Count{}
		for _, b := range f.Aggregations[facet.Name].Buckets {
			counts = append(counts, search.Count{Value: b.Key, Count: b.Count})
		}
		out[facet.Name] = counts
	}
	return out
}

// preference is the same for all pages of a search.
func preference(q search.Query) string { return hex.EncodeToString(q.Identity()) }

// build makes Elasticsearch's query. What is looked for decides the score, filters
// do not.
func build(q search.Query) object {
	all := object{}
	var filters []object
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
	if q.Confidence != "" {
		filters = append(filters, object{"range": object{search.FieldConfidence: object{"gte": q.Confidence}}})
	}
	if q.Root != nil {
		all["must"] = []object{clause(q.Root)}
	}
	if len(filters) > 0 {
		all["filter"] = filters
	}
	question := object{
		"query": object{"bool": all}, "size": q.Limit + 1, "sort": order(q.Sort), "track_total_hits": search.MaxTotal, "_source": true,
	}
	if q.Behind != nil {
		question["search_after"] = after(q.Sort, q.Behind.Keys)
	}
	if len(q.Facets) > 0 {
		aggregations := object{}
		for _, f := range q.Facets {
			aggregations[f.Name] = object{"terms": terms(f)}
		}
		question["aggs"] = aggregations
	}
	return question
}

// terms asks for the values of a field, most frequent first, equally frequent ones
// by value. Shards are asked for more than is answered, so that what is rare in
// one and frequent in another is not overlooked.
func terms(f search.Facet) object {
	t := object{"field": f.Field, "size": f.Size, "shard_size": f.Size*10 + 100, "order": []object{{"_count": "desc"}, {"_key": "asc"}}}
	if f.Prefix != "" {
		t["include"] = literal(f.Prefix) + ".*"
	}
	return t
}

// literal is a text as a regular expression of Lucene's.
func literal(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`.?+*|{}[]()"\#@&<>~^$-`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// clause is a clause in Elasticsearch's form.
func clause(c search.Clause) object {
	switch c := c.(type) {
	case search.All:
		return object{"bool": object{"must": clauses(c)}}
	case search.Any:
		return object{"bool": object{"should": clauses(c.Of), "minimum_should_match": c.Least()}}
	case search.Not:
		return object{"bool": object{"must_not": []object{clause(c.Of)}}}
	case search.Exact:
		return object{"term": object{c.Field: object{"value": c.Value, "boost": weight(c.Weight)}}}
	case search.Text:
		return text(c)
	}
	return object{"match_none": object{}} // there are no other clauses
}

func clauses(of []search.Clause) []object {
	out := make([]object, len(of))
	for i, c := range of {
		out[i] = clause(c)
	}
	return out
}

func weight(w float64) float64 {
	if w == 0 {
		return 1
	}
	return w
}

// text matches in any of the text fields.
func text(t search.Text) object {
	var any []object
	for _, f := range t.In() {
		field := f.Name
		if !t.Bigrams() {
			field += "." + single
		}
		any = append(any, object{"match_phrase": object{field: object{"query": search.Fold(t.Text), "boost": f.Weight * weight(t.Weight)}}})
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
