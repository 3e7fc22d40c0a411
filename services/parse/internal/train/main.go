// Train fits the segmenter's weights to pages that package typeset sets:
//
//	xz -dc news-items.jsonl.xz | go run ./internal/train > segment/weights.txt
//
// The texts are JSON Lines of {title, paragraphs}. Only the first half of them is
// used, and only the families for development, so that the second half and the
// held-out families measure something. The same texts give the same weights.
//
// What a text speaks of and how its clauses begin and end is known from one
// broadcaster's news, which the texts come from as well: features of it are surer on
// them than on other papers. So the weights are the mean of those learned with and
// without such features.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/eval"
	"broadsheet/services/parse/segment"
	"broadsheet/services/parse/typeset"
)

// local are the features that know the source of the texts, by the beginnings of their
// names.
const local = "start.topic,inside.topic,again.topic,piece.topic,head.clause,para.clause,cont.clause,torn.clause,wrap.clause,turn.clause"

func main() {
	pages := flag.Int("pages", 1000, "pages of each family")
	epochs := flag.Int("epochs", 4, "times that every page is seen")
	without := flag.String("without", "", "features to leave out, by the beginnings of their names in weights.txt, with commas")
	stories := flag.String("stories", "../../samples/stories", "directory of texts of other papers, a file each")
	share := flag.Float64("share", .25, "share of the pages that are set from them")
	halved := flag.String("halved", local, "features without which they are learned once more, for the mean of both; empty: once")
	flag.Parse()
	how := segment.Learning{Epochs: *epochs, Without: names(*without), Log: os.Stderr}
	if err := train(*pages, *share, *stories, how, names(*halved)); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// measured are the papers whose stories are kept for measuring.
var measured = []string{"court", "health", "science", "world"}

func train(pages int, share float64, stories string, how segment.Learning, halved []string) error {
	articles, err := typeset.ReadArticles(os.Stdin)
	if err != nil {
		return err
	}
	articles = typeset.Half(articles, false)
	papers, err := otherPapers(stories)
	if err != nil {
		return err
	}
	others := int(float64(pages) * share)
	var examples []segment.Example
	add := func(articles []typeset.Article, style typeset.Style, pages int, seed uint64) {
		for _, c := range typeset.Pages(articles, style, pages, seed) {
			examples = append(examples, example(c))
		}
	}
	for i, style := range typeset.Families {
		seed := uint64(1000 + i)
		add(articles, style, pages-others, seed)
		for k, paper := range papers {
			add(paper, style, (k+1)*others/len(papers)-k*others/len(papers), seed+uint64(100*(k+1)))
		}
	}
	s := segment.Learn(examples, how)
	if len(halved) > 0 {
		how.Without = append(how.Without, halved...)
		s = segment.Mean(s, segment.Learn(examples, how))
	}
	return s.WriteWeights(os.Stdout)
}

// otherPapers reads the stories of the papers that are learned from: as many lists of
// all of them together as there are papers, since most pages have many stories, and
// one of each paper.
func otherPapers(dir string) ([][]typeset.Article, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var papers [][]typeset.Article
	var all []typeset.Article
	for _, file := range files {
		if slices.Contains(measured, strings.TrimSuffix(filepath.Base(file), ".jsonl")) {
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("open the stories: %w", err)
		}
		articles, err := typeset.ReadArticles(f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		papers, all = append(papers, articles), append(all, articles...)
	}
	if len(papers) == 0 {
		return nil, fmt.Errorf("%s has no stories to learn from", dir)
	}
	for range papers {
		papers = append(papers, all)
	}
	return papers, nil
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
