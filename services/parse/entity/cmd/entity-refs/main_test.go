package main

import "testing"

func TestReference(t *testing.T) {
	for line, want := range map[string]string{
		"n3.1.2\t[王刚/PER]到[京/LOC]。": `{"file":"text/news-items.jsonl.xz","item":3,"paragraph":1,"part":[2,7],"sha256":"8988ceaf8e1066d2","mentions":[["PER",0,2],["LOC",3,4]]}`,
		"s17\t他走了。":                 `{"file":"ner/silver.news80k.xz","text":17,"sha256":"303a8ecf657736fe","mentions":[]}`,
	} {
		if got, err := reference(line); err != nil || got != want {
			t.Errorf("%s: %s, %v\nwant %s", line, got, err, want)
		}
	}
	for _, line := range []string{"", "s17 他走了。", "s1.2\t他", "n3.1\t他", "x3\t他", "\t他", "s17\t[他/HE]"} {
		if got, err := reference(line); err == nil {
			t.Errorf("%q: %s", line, got)
		}
	}
}
