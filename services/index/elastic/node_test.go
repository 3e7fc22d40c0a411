package elastic_test

import (
	"encoding/json"
	"strings"
	"testing"

	"broadsheet/services/index/elastic/estest"
)

// The node that tests get reads Chinese as a stock one does, and knows users.
func TestNode(t *testing.T) {
	n := estest.Start(t)
	n.Do(t, "PUT", "/node-test", `{"settings":{"number_of_replicas":0,"analysis":{"analyzer":{"pairs":{"tokenizer":"standard","filter":["cjk_width","lowercase","cjk_bigram"]}}}}}`)
	defer n.Do(t, "DELETE", "/node-test", "")
	var analysed struct {
		Tokens []struct{ Token string }
	}
	if err := json.Unmarshal(n.Do(t, "POST", "/node-test/_analyze", `{"analyzer":"pairs","text":"柳湾大桥５Ｇ"}`), &analysed); err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for _, a := range analysed.Tokens {
		tokens = append(tokens, a.Token)
	}
	if got := strings.Join(tokens, " "); got != "柳湾 湾大 大桥 5g" {
		t.Errorf("analysed as %q", got)
	}
	n.Do(t, "PUT", "/node-test/_doc/1", `{"a":1}`)
	n.User(t, "node-test-reader", `{"indices":[{"names":["node-test"],"privileges":["read"]}]}`)
	n.Do(t, "GET", "/node-test/_doc/1", "")
}
