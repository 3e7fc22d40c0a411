package elastic

import (
	"encoding/json"
	"fmt"

	"broadsheet/services/index/search"
)

// format is the version of the mapping below and of the documents in it. A
// change of it is a new generation.
const format = 3

// Fields of a document beside those of search.Document.
const (
	fieldArticle   = "article"   // as it is answered; not searched
	fieldWithdrawn = "withdrawn" // hidden by the read alias
)

// The analysers of text.
const (
	pairs  = "pairs"  // ideographs in overlapping pairs
	single = "single" // every ideograph on its own
)

type object = map[string]any

// mapping is what an index of ours knows. Anything else is refused.
func mapping() object {
	keyword := object{"type": "keyword", "ignore_above": 8191} // what Lucene takes, in Chinese
	properties := object{
		search.FieldURI: object{"type": "keyword"},
		fieldWithdrawn:  object{"type": "boolean"},
		fieldArticle:    object{"type": "object", "enabled": false},
	}
	for _, f := range search.TextFields {
		properties[f.Name] = object{"type": "text", "analyzer": pairs, "fields": object{single: object{"type": "text", "analyzer": single}}}
	}
	for _, name := range search.KeywordFields {
		properties[name] = keyword
	}
	properties[search.FieldSketch] = object{"type": "keyword", "doc_values": false}
	return object{"dynamic": "strict", "_meta": object{"broadsheet": object{"format": format}}, "properties": properties}
}

// settings are those of an index that is made.
func (o Options) settings() object {
	return object{"index": object{
		"number_of_shards": fmt.Sprint(o.Shards), "number_of_replicas": fmt.Sprint(o.Replicas),
		// By default a segment is left alone until a tenth of it is deleted.
		"merge":            object{"policy": object{"expunge_deletes_allowed": "0"}},
		"refresh_interval": fmt.Sprintf("%dms", o.Refresh.Milliseconds()),
		"analysis": object{"analyzer": object{
			pairs:  object{"type": "custom", "tokenizer": "standard", "filter": []string{"cjk_width", "lowercase", "cjk_bigram"}},
			single: object{"type": "custom", "tokenizer": "standard", "filter": []string{"cjk_width", "lowercase"}},
		}},
	}}
}

// indexTemplate is what every index of ours is made from.
func (s *Store) indexTemplate() object {
	return object{
		"index_patterns": []string{s.pattern()}, "priority": 500, "version": format, "allow_auto_create": false,
		"_meta":    object{"description": "the articles of Broadsheet; made by broadsheet provision"},
		"template": object{"settings": s.o.settings(), "mappings": mapping()},
	}
}

// searched is what is sent of an article beside itself: by what it is found.
func searched(w search.Write) ([]byte, error) {
	fields := struct {
		URI       string `json:"uri"`
		Withdrawn bool   `json:"withdrawn"`
		search.Document
	}{URI: w.URI, Withdrawn: w.Withdrawn}
	if !w.Withdrawn {
		fields.Document = search.NewDocument(&w.Article)
		for _, texts := range [][]string{fields.Headline, fields.Body, fields.Caption, fields.Byline} {
			for i := range texts {
				texts[i] = search.Fold(texts[i])
			}
		}
	}
	return json.Marshal(fields)
}
