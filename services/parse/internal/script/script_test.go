package script

import "testing"

func TestThereAndBack(t *testing.T) {
	for _, pair := range []string{"记記", "报報", "讯訊", "为爲", "会會"} {
		r := []rune(pair)
		if got := Simplified(r[1]); got != r[0] {
			t.Errorf("Simplified(%c) = %c, want %c", r[1], got, r[0])
		}
	}
	if Traditional('记') != '記' || Traditional('人') != '人' || Simplified('人') != '人' || Simplified('a') != 'a' || Simplified('\U00020000') != '\U00020000' {
		t.Error("characters of one form must stay")
	}
}
