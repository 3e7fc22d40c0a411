// Train fits the segmenter's weights to pages that package typeset sets:
//
//	xz -dc news-items.jsonl.xz | go run ./internal/train > segment/weights.txt
//	go run ./internal/train -measure segment/weights.txt DIR ...
//
// The second says how likely the truth about pages with gold is by weights, such as
// broadsheet typeset makes.
//
// The texts are JSON Lines of {title, paragraphs}. Only the first half of them is
// used, and only the families for development, so that the second half and the
// held-out families measure something. The same texts give the same weights.
//
// What pairs of characters tell is known from one broadcaster's news, which the texts
// come from as well, and topics were taught on it: both are surer on them than on other
// papers. So half of the pages are set from the stories of other papers, which were
// written for this project.
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

func main() {
	pages := flag.Int("pages", 3000, "pages of each family")
	epochs := flag.Int("epochs", 4, "times that every page is seen")
	without := flag.String("without", "", "features to leave out, by the beginnings of their names in weights.txt, with commas")
	stories := flag.String("stories", "../../samples/stories", "directory of texts of other papers, a file each")
	share := flag.Float64("share", .5, "share of the pages that are set from them")
	measure := flag.String("measure", "", "say how likely the gold of the directories named is by these weights, and learn nothing")
	flag.Parse()
	if *measure != "" {
		if err := likelihoods(*measure, flag.Args()); err != nil {
			fmt.Fprintln(os.Stderr, "train:", err)
			os.Exit(1)
		}
		return
	}
	how := segment.Learning{Epochs: *epochs, Without: names(*without), Log: os.Stderr}
	if err := train(*pages, *share, *stories, how); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// measured are the papers whose stories are kept for measuring.
var measured = []string{"arts", "border", "canal", "capital", "court", "guild", "health", "plateau", "power", "review", "science", "world"}

func train(pages int, share float64, stories string, how segment.Learning) error {
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
			if !repeats(c) {
				examples = append(examples, example(c))
			}
		}
	}
	for i, style := range typeset.Families {
		seed := uint64(1000 + i)
		add(articles, style, pages-others, seed)
		for k, paper := range papers {
			add(paper, style, (k+1)*others/len(papers)-k*others/len(papers), seed+uint64(100*(k+1)))
		}
	}
	return segment.Learn(examples, how).WriteWeights(os.Stdout)
}

// likelihoods measures weights on directories of pages with gold.
func likelihoods(weights string, dirs []string) error {
	f, err := os.Open(weights)
	if err != nil {
		return fmt.Errorf("open the weights: %w", err)
	}
	s, err := segment.NewWith(f)
	_ = f.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", weights, err)
	}
	for _, dir := range dirs {
		cases, err := eval.Load(dir)
		if err != nil {
			return err
		}
		var examples []segment.Example
		for _, c := range cases {
			examples = append(examples, example(c))
		}
		lines, spans, headlines := s.Likelihood(examples)
		fmt.Printf("%s: log likelihood a line %.5f, a span %.4f, a headline %.4f\n", dir, lines, spans, headlines)
	}
	return nil
}

// repeats reports a page on which a story stands twice, as one of a paper that has few
// may: that they are two is then more than a reader could tell.
func repeats(c eval.Case) bool {
	const telling = 20
	seen := map[string]bool{}
	for _, a := range c.Gold.Articles {
		text := []rune(a.Text())
		start := string(text[:min(len(text), telling)])
		if start != "" && seen[start] {
			return true
		}
		seen[start] = true
	}
	return false
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
