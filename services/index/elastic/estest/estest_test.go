package estest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"broadsheet/services/index/elastic/estest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(estest.Tests(m)) }

// The node reads Chinese as a stock one does, knows users, and keeps what was
// acknowledged when it is killed.
func TestNode(t *testing.T) {
	n := estest.Start(t)
	n.Do(t, "PUT", "/estest", `{"settings":{"number_of_replicas":0,"analysis":{"analyzer":{"pairs":{"tokenizer":"standard","filter":["cjk_width","lowercase","cjk_bigram"]}}}}}`)
	defer n.Do(t, "DELETE", "/estest", "")
	var analysed struct {
		Tokens []struct{ Token string }
	}
	if err := json.Unmarshal(n.Do(t, "POST", "/estest/_analyze", `{"analyzer":"pairs","text":"柳湾大桥５Ｇ"}`), &analysed); err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for _, a := range analysed.Tokens {
		tokens = append(tokens, a.Token)
	}
	if got := strings.Join(tokens, " "); got != "柳湾 湾大 大桥 5g" {
		t.Errorf("analysed as %q", got)
	}
	n.Do(t, "PUT", "/estest/_doc/1", `{"a":1}`)
	n.User(t, "estest-reader", `{"indices":[{"names":["estest"],"privileges":["read"]}]}`)
	n.Kill(t)
	n.Restart(t)
	n.Do(t, "GET", "/estest/_doc/1", "")
}
