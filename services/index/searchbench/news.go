package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/storetest"
)

// set is what is searched: articles by their numbers, and searches for them.
type set struct {
	article   func(n int) newspaper.Article
	questions func(r *rand.Rand) []question
}

// question is a kind of search and the parameters of one of it.
type question struct{ kind, params string }

var sets = map[string]set{
	"news":      {article: news, questions: newsQuestions},
	"formulaic": {article: storetest.Made, questions: formulaicQuestions},
}

// formulaicQuestions are for storetest.Made.
func formulaicQuestions(r *rand.Rand) []question {
	year := 10 + r.IntN(15)
	return []question{
		{"everything", "sort=newest"},
		{"common word", "q=安全生产"},
		{"common phrase of 8", "q=检查了安全生产"},
		{"rare word", fmt.Sprintf("q=编号%d的消息", year)},
		{"one character", "q=王"},
		{"three words", "q=河阳县 预算执行情况 群众反映良好"},
		{"mixed", fmt.Sprintf("q=20%02d年共投入", year)},
		{"OR and not", "q=(防汛抗旱 OR 春季造林) -招商引资项目"},
		{"headline", "q=headline:道路改造"},
		{"person", "person=王伟"},
		{"filters", "place=柳湾市&from=2016-01-01&to=2018-12-31&sort=newest"},
		{"word and filter", "q=防汛抗旱&organisation=水利局&sort=newest"},
		{"question", "q=河阳县什么时候启动城区道路改造工程的"},
	}
}

// Articles like news: their words are as unequally frequent as a language's (by
// Zipf's law), and an article has a subject whose words come again and again in it.
// The words themselves mean nothing.
const (
	newsWords    = 40_000
	newsSubjects = 3_000
	subjectWords = 40
	newsPeople   = 30_000
	newsBodies   = 5_000
	newsPlaces   = 1_500
	newsTitles   = 400
	newsPerDay   = 40
)

// characters are the 3,755 most frequent ones, those of level 1 of GB 2312.
var characters = sync.OnceValue(func() []rune {
	var level []byte
	for row := 0xB0; row <= 0xD7; row++ {
		for cell := 0xA1; cell <= 0xFE && (row < 0xD7 || cell <= 0xF9); cell++ {
			level = append(level, byte(row), byte(cell))
		}
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(level)
	if err != nil {
		panic(err) // the table is whole
	}
	all := []rune(string(text))
	random(0, 0).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
})

// random are the random numbers of one thing of a kind, always the same.
func random(kind, n int) *rand.Rand { return rand.New(rand.NewPCG(uint64(kind), uint64(n))) }

// Kinds of things that are made.
const (
	aWord = 1 + iota
	aSubject
	aPerson
	aBody
	aPlace
	aTitle
	anArticle
)

// ranked draws a rank below n, the more often the smaller it is.
func ranked(r *rand.Rand, n int) int { return int(rand.NewZipf(r, 1.05, 20, uint64(n-1)).Uint64()) }

// word returns the word of a rank: two to four characters, as a rule two.
func word(kind, rank int) string {
	r := random(kind, rank)
	out := make([]rune, 2+max(0, r.IntN(8)-5))
	for i := range out {
		out[i] = characters()[ranked(r, len(characters()))]
	}
	return string(out)
}

var newsLexicon = sync.OnceValue(func() []string {
	out := make([]string, newsWords)
	for rank := range out {
		out[rank] = word(aWord, rank)
	}
	return out
})

// subject returns the words of a subject.
func subject(n int) []string {
	r := random(aSubject, n)
	out := make([]string, subjectWords)
	for i := range out {
		out[i] = newsLexicon()[r.IntN(newsWords)]
	}
	return out
}

// story is what an article was made of.
type story struct {
	headline []string
	words    []string // of its subject
	people   []string
	bodies   []string
	places   []string
}

// news returns the nth article of about 700 characters.
func news(n int) newspaper.Article {
	a, _ := newsOf(n)
	return a
}

func newsOf(n int) (newspaper.Article, story) {
	r := random(anArticle, n)
	s := story{words: subject(ranked(r, newsSubjects))}
	mine := func() string { return s.words[min(r.IntN(subjectWords), r.IntN(subjectWords))] }
	for range 4 + r.IntN(3) {
		s.headline = append(s.headline, mine())
	}
	names := func(kind, most, of int) []string {
		out := make([]string, 1+r.IntN(most))
		for i := range out {
			out[i] = word(kind, ranked(r, of))
		}
		return out
	}
	s.people, s.bodies, s.places = names(aPerson, 4, newsPeople), names(aBody, 4, newsBodies), names(aPlace, 4, newsPlaces)
	titles := names(aTitle, 2, newsTitles)
	var body strings.Builder
	fmt.Fprintf(&body, "编号%d的消息。", n)
	for length := 1200 + r.IntN(1800); body.Len() < length; {
		for clause := range 1 + r.IntN(3) {
			if clause > 0 {
				body.WriteString("，")
			}
			for range 3 + r.IntN(4) {
				switch r.IntN(12) {
				case 0, 1, 2:
					body.WriteString(mine())
				case 3:
					body.WriteString([][]string{s.people, s.bodies, s.places}[r.IntN(3)][0])
				default:
					body.WriteString(newsLexicon()[ranked(r, newsWords)])
				}
			}
		}
		if r.IntN(8) == 0 {
			fmt.Fprintf(&body, "，20%02d年共%d万元", 10+r.IntN(15), r.IntN(90_000))
		}
		body.WriteString("。")
		if r.IntN(4) == 0 {
			body.WriteString("\n")
		}
	}
	key := newspaper.PageKey{
		Publication: fmt.Sprintf("ceshi-%d", n%5), Edition: "main", Page: fmt.Sprintf("%02d", 1+n%8),
		Date: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/newsPerDay).Format(time.DateOnly),
	}
	a := storetest.Article(key, n, strings.Join(s.headline, ""), body.String())
	for i, name := range s.people {
		p := newspaper.Person{Name: name, Count: 1}
		if i < len(titles) {
			p.Titles = []string{titles[i]}
		}
		a.People = append(a.People, p)
	}
	for _, name := range s.bodies {
		a.Organisations = append(a.Organisations, newspaper.Named{Name: name, Count: 1})
	}
	for _, name := range s.places {
		a.Places = append(a.Places, newspaper.Named{Name: name, Count: 1})
	}
	return a, s
}

// newsQuestions are what somebody asks who looks for one of the articles.
func newsQuestions(r *rand.Rand) []question {
	n := r.IntN(*documents)
	a, s := newsOf(n)
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	common := func() string { return newsLexicon()[r.IntN(20)] }
	body := []rune(a.Bodies[0].Value)
	at := r.IntN(len(body) - 8)
	return []question{
		{"everything", "sort=newest"},
		{"common word", "q=" + common()},
		{"phrase of 8", `q="` + string(body[at:at+8]) + `"`},
		{"rare word", fmt.Sprintf("q=编号%d的消息", n)},
		{"one character", "q=" + string(characters()[r.IntN(20)])},
		{"three words", "q=" + pick(s.words) + " " + pick(s.words) + " " + common()},
		{"mixed", fmt.Sprintf("q=20%02d年 %s", 10+r.IntN(15), pick(s.words))},
		{"OR and not", "q=(" + pick(s.words) + " OR " + common() + ") -" + common()},
		{"headline", "q=headline:" + pick(s.headline)},
		{"person", "person=" + pick(s.people)},
		{"filters", "place=" + pick(s.places) + "&from=2016-01-01&to=2018-12-31&sort=newest"},
		{"word and filter", "q=" + common() + "&organisation=" + pick(s.bodies) + "&sort=newest"},
		{"question", "q=" + pick(s.headline) + "什么时候在" + pick(s.places) + pick(s.headline) + "的" + common()},
	}
}
