// Command entity-eval measures package entity: on a directory of pages' gold, or
// on a corpus as package corpus reads it.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/entityeval"
	"broadsheet/services/parse/entity/lexicon"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "entity-eval:", err)
		os.Exit(1)
	}
}

func run() error {
	gold := flag.String("gold", "", "directory of *.entities.json")
	file := flag.String("corpus", "", "corpus file, .xz")
	scheme := flag.String("types", "ours", "its types: ours, cluener or resume")
	titles := flag.Bool("titles", true, "the corpus labels titles")
	part := flag.Int("part", -1, "only texts with this number modulo 20: 0 is silver's test part")
	home := flag.String("home", "", "home region, from large to small, separated by commas")
	errors := flag.Bool("errors", false, "list the errors")
	model := flag.String("model", "", "model file; none: the built-in one")
	leaveOut := flag.String("without", "", "parts to leave out: grammar, agreement, gazetteers (with a model that was trained without them)")
	refs := flag.String("refs", "", "*.refs.json or a file of marked texts; -corpus is the directory of the corpora")
	perPage := flag.Int("page", 0, "read so many texts of the corpus in a row as one page; with -refs: each paragraph with the others of its item")
	flag.Parse()

	tagger, err := open(*model, strings.Contains(*leaveOut, "gazetteers"))
	if err != nil {
		return err
	}
	tagger = tagger.Without(entity.Parts{Grammar: strings.Contains(*leaveOut, "grammar"), Agreement: strings.Contains(*leaveOut, "agreement")})
	var region []string
	if *home != "" {
		region = strings.Split(*home, ",")
	}
	if *refs != "" && *perPage > 0 {
		report, err := entityeval.Items(tagger, *refs, *file, entity.Context{Home: region})
		if err != nil {
			return err
		}
		return report.Write(os.Stdout, *errors)
	}
	if *refs != "" {
		report, err := entityeval.Path(tagger, *refs, *file, region)
		if err != nil {
			return err
		}
		return report.Write(os.Stdout, *errors)
	}
	if *gold != "" {
		report, err := entityeval.Dir(tagger, *gold, region)
		if err != nil {
			return err
		}
		return report.Write(os.Stdout, *errors)
	}
	types := map[string]corpus.Types{"ours": corpus.Ours, "cluener": corpus.CLUENER, "resume": corpus.ResumeNER}[*scheme]
	texts, err := corpus.Read(*file, types)
	if err != nil {
		return err
	}
	kinds := entityeval.Types
	if !*titles {
		kinds = entityeval.Names
	}
	if *perPage > 0 {
		return entityeval.Pages(tagger, texts, *perPage, entity.Context{Home: region}, kinds).Write(os.Stdout, *errors)
	}
	report := &entityeval.Report{}
	for i, text := range texts {
		if *part < 0 || i%20 == *part {
			report.Add("", text.Value, text.Mentions, tagger.Mentions(text.Value, entity.Context{Home: region}), kinds)
		}
	}
	return report.Write(os.Stdout, *errors)
}

func open(path string, plain bool) (*entity.Tagger, error) {
	if path == "" {
		return entity.New(), nil
	}
	packed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lex := lexicon.Load()
	if plain {
		lex = lex.Plain()
	}
	m, err := crf.Load(packed, lex)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entity.NewWith(m, lex), nil
}
