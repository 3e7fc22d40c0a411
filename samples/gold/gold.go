// Package gold gives the shape of the answers that stand beside it: what must
// come out of each sample page.
package gold

import "broadsheet/pkg/newspaper"

// Page is what must come out of a page.
type Page struct {
	Publication string                `json:"publication"` // display name
	Date        string                `json:"date"`
	Page        string                `json:"page"`
	Family      string                `json:"family"`
	Gap         string                `json:"gap"` // where blank lines stand: line, block, none
	Articles    []newspaper.Article   `json:"articles"`
	Furniture   []newspaper.LineRange `json:"furniture"`
	Neutral     []newspaper.LineRange `json:"neutral"` // names of columns: right wherever they go
	Ads         []newspaper.LineRange `json:"ads"`     // notices and advertisements: no articles
}

// Entities are a page's mentions.
type Entities struct {
	Page     string    `json:"page"`
	Types    []string  `json:"types"`
	Offsets  string    `json:"offsets"`
	Articles []Article `json:"articles"`
}

// Article has an article's mentions. Field and Part of a mention point
// into Parts: headline, byline, body, caption.
type Article struct {
	Index    int                 `json:"index"` // 1-based, in the order of the page's gold
	Type     string              `json:"type"`
	Parts    map[string][]string `json:"parts"`
	Mentions []newspaper.Mention `json:"mentions"`
}
