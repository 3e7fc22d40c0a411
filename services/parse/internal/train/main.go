// Train fits the segmenter's weights to pages that package typeset sets:
//
//	xz -dc news-items.jsonl.xz | go run ./internal/train > segment/weights.txt
//
// The texts are JSON Lines of {title, paragraphs}. Only the first half of them is
// used, and only the families for development, so that the second half and the
// held-out families measure something. The same texts give the same weights.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/eval"
	"broadsheet/services/parse/segment"
	"broadsheet/services/parse/typeset"
)

func main() {
	pages := flag.Int("pages", 1000, "pages of each family")
	epochs := flag.Int("epochs", 4, "times that every page is seen")
	without := flag.String("without", "", "features to leave out, by the beginnings of their names in weights.txt, with commas")
	flag.Parse()
	if err := train(*pages, segment.Learning{Epochs: *epochs, Without: strings.FieldsFunc(*without, func(r rune) bool { return r == ',' }), Log: os.Stderr}); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func train(pages int, how segment.Learning) error {
	articles, err := typeset.ReadArticles(os.Stdin)
	if err != nil {
		return err
	}
	articles = typeset.Half(articles, false)
	var examples []segment.Example
	for i, style := range typeset.Families {
		for _, c := range typeset.Pages(articles, style, pages, uint64(1000+i)) {
			examples = append(examples, example(c))
		}
	}
	return segment.Learn(examples, how).WriteWeights(os.Stdout)
}

func example(c eval.Case) segment.Example {
	e := segment.Example{Lines: document.Lines(string(c.Text)), Articles: c.Gold.Articles}
	e.Free = append(append(e.Free, c.Gold.Neutral...), c.Gold.Ads...)
	for _, r := range c.Gold.Roles {
		e.Roles = append(e.Roles, roles[r])
	}
	return e
}

var roles = map[string]segment.LineRole{
	eval.RolePara: segment.Begins, eval.RoleCaption: segment.Caption, eval.RoleCont: segment.GoesOn,
	newspaper.Kicker: segment.Kicker, newspaper.Main: segment.Title, newspaper.Deck: segment.Deck, eval.RoleSubhead: segment.Display,
	eval.RoleKept: segment.Display, eval.RoleFurniture: segment.Display, eval.RoleTag: segment.Display, eval.RoleAd: segment.Display,
	eval.RoleJump: segment.Display, // bylines on lines of their own are found by what they say: open
}
