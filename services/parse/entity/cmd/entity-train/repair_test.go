package main

import (
	"strings"
	"testing"

	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/lexicon"
)

// TestMend: names that the corpus or the lists are sure of are labelled wherever
// they stand by themselves, not where other words run through them.
func TestMend(t *testing.T) {
	texts, err := corpus.Markup(strings.NewReader("[中国/LOC]队来了。\n\n我爱[中国/LOC]。\n\n[中国/LOC]很大。\n\n他在中国。\n\n发展中国家很多。\n\n宣传、邮电部门。\n\n他在农业农村部。\n\n" +
		"甘肃临夏州积[石山县/LOC]地震。\n\n[成都大运会/ORG]开幕。\n\n[布雷吉/PER]难民营、[海珠湾/LOC]隧道。\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range mend(texts, nil, lexicon.Load()) {
		var names []string
		for _, m := range text.Mentions {
			names = append(names, m.Type+" "+m.Text)
		}
		got = append(got, strings.Join(names, ", "))
	}
	want := "ORG 中国队|LOC 中国|LOC 中国|LOC 中国|||ORG 农业农村部|LOC 甘肃临夏州积石山县|LOC 成都|LOC 布雷吉难民营, LOC 海珠湾隧道"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
}

// TestAgain: names are replaced by others of their kind.
func TestAgain(t *testing.T) {
	texts, err := corpus.Markup(strings.NewReader("[古特雷斯/PER]在[阿卡普尔科/LOC]会见[王建国/PER]，之后去[乌克兰/LOC]。\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := newAugmenter(lexicon.Load(), 1)
	made, changed := a.again(texts[0])
	if !changed || len(made.Mentions) != 4 {
		t.Fatalf("made %v", made)
	}
	for i, m := range made.Mentions {
		if m.Type != texts[0].Mentions[i].Type || m.Text == texts[0].Mentions[i].Text {
			t.Errorf("%s became %s %s", texts[0].Mentions[i].Text, m.Type, m.Text)
		}
	}
	if place := a.lex.Lookup(made.Mentions[1].Text); place&lexicon.World == 0 {
		t.Errorf("a city became %s", made.Mentions[1].Text)
	}
}

// TestHabits: what the taggers do otherwise than the guideline.
func TestHabits(t *testing.T) {
	for _, c := range []struct{ marked, want string }{
		{"[习主席/PER]来华访问。", "PER 习, TITLE 主席, LOC 华"},
		{"[孟方/PER]愿密切[中芬/ORG]关系，[中国/LOC]人到新[中国/LOC]。", ""},
		{"“[海马斯/PER]”火箭炮，台风“[杜苏芮/PER]”", ""},
		{"[以色列/LOC]南部、[加沙地带/LOC]北部[汗尤尼斯/LOC]", "LOC 以色列南部, LOC 加沙地带北部汗尤尼斯"},
		{"[以色列/LOC]议会、[中国/LOC][全国人大/ORG]、黎[真主党/ORG]，[以色列/LOC]军方", "ORG 以色列议会, ORG 中国全国人大, ORG 黎真主党, LOC 以色列"},
		{"中国驻[美国/LOC]大使馆", "ORG 驻美国大使馆"},
		{"[葡萄牙首都里斯本/LOC]、[长江流域/LOC]", "LOC 葡萄牙, LOC 里斯本, LOC 长江"},
		{"广汕高铁、[沈白/LOC]高铁、这条高铁", "LOC 广汕高铁, LOC 沈白高铁"},
		{"航天员[陈冬/PER]，[以色列/LOC]国家安全顾问[哈内格比/PER]", "TITLE 航天员, PER 陈冬, LOC 以色列, TITLE 国家安全顾问, PER 哈内格比"},
	} {
		texts, err := corpus.Markup(strings.NewReader(c.marked + "\n\n"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range (&repairer{lexicon.Load()}).again(texts[0]).Mentions {
			names = append(names, m.Type+" "+m.Text)
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.marked, got, c.want)
		}
	}
}
