package segment

import "testing"

func TestSignsOfHeadlines(t *testing.T) {
	is := func(text string) headSigns { return signsOf(text, plainForm(text)) }
	for _, name := range []string{"灯下谈", "港城旧事", "记者走基层", "財經時評"} {
		if !is(name).label {
			t.Errorf("%s is no name of a column", name)
		}
	}
	if is("岭川市推进老旧小区电梯更新工作调研").label {
		t.Error("a long line is the name of a column")
	}
	for _, line := range []string{"——记龙塘镇石板小学教师田维书", "记者走访三省五县", "专访话剧主演陆今野"} {
		if !is(line).reports {
			t.Errorf("%s does not say what the reporter did", line)
		}
	}
	if !is("流转的地，大豆补贴该给谁？").asks || !is("农民的心放得下吗").asks || is("两矿间将开行职工通勤列车").asks {
		t.Error("questions are not told from statements")
	}
	if !is("“那台车床还在，我就放心了”").quoted || is("“那台车床”还在").quoted {
		t.Error("quotations are not told from quoted words")
	}
}

func TestColumnsNameNoReporter(t *testing.T) {
	for text, want := range map[string]bool{"记者走基层": false, "■记者走基层": false, "记者 赵春妮": true, "本报记者 丛日昌": true} {
		l := line{raw: text}
		l.measure()
		if got := isLoneByline(&l); got != want {
			t.Errorf("%s: a byline: %v", text, got)
		}
	}
}
