package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

const (
	deskToken = "city-desk-0123456789"
	fillToken = "back-fill-0123456789=="
)

func tokenFileWith(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func validTokens() string {
	sum := sha256.Sum256([]byte(deskToken))
	return "tokens:\n  - name: city-desk\n    sha256: " + hex.EncodeToString(sum[:]) + "\n    publications: [heyang-ribao]\n" +
		"  - name: back-fill\n    token: " + fillToken + "\n    publications: ['*']\n"
}

func TestTokens(t *testing.T) {
	tokens, err := OpenTokens(tokenFileWith(t, validTokens()))
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, connected(t), Options{Tokens: tokens})
	other := pageKey
	other.Publication = "liuwan-wanbao"
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Basic " + deskToken, "Bearer wrong-0123456789abc", deskToken, "Bearer " + deskToken + "x"} {
		for _, got := range []reply{
			f.put(pageKey, harvest, "Authorization", authorization),
			f.do(http.MethodPut, "/v1/pages/nowhere", strings.NewReader(harvest), "Authorization", authorization),
			f.do(http.MethodPost, "/v1/pages", strings.NewReader(harvest), "Authorization", authorization),
		} {
			if got.status != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") || got.problem.Field != "Authorization" {
				t.Errorf("%q: %d %s", authorization, got.status, got.body)
			}
		}
	}
	got := f.put(other, harvest, "Authorization", "Bearer "+deskToken)
	if got.status != http.StatusForbidden || got.problem.Field != "publication" || !strings.Contains(got.problem.Remedy, "heyang-ribao") {
		t.Errorf("%d %s", got.status, got.body)
	}
	f.untouched()
	f.taken(http.StatusCreated, pageKey, harvest, "Authorization", "Bearer "+deskToken)
	f.taken(http.StatusCreated, other, harvest, "Authorization", "bearer "+fillToken)
	// In a multipart request every part is asked for.
	body, contentType := form(t, part{name: pageKey.String(), text: harvest}, part{name: other.String(), text: bridge})
	posted, v := f.post("", body, contentType, "Authorization", "Bearer "+deskToken)
	if posted.status != http.StatusMultiStatus || v.Verdicts[0].Status != http.StatusOK || v.Verdicts[1].Status != http.StatusForbidden {
		t.Errorf("%d %s", posted.status, posted.body)
	}
}

func TestTokenFileMistakes(t *testing.T) {
	if tokens, err := OpenTokens(""); tokens != nil || err != nil {
		t.Errorf("no file: %v, %v", tokens, err)
	}
	entry := func(s string) string { return "tokens:\n  - " + s + "\n" }
	for content, want := range map[string]string{
		"":           "no token is listed",
		"tokens: []": "no token is listed",
		entry("{name: a, token: short, publications: [x]}"):                                  "16 characters",
		entry("{name: a, token: 0123456789abcdef, sha256: 00, publications: [x]}"):           "either token or sha256",
		"tokens:\n  - publications: !0000 ":                                                  "malformed",
		entry("{name: a, publications: [x]}"):                                                "either token or sha256",
		entry("{name: a, sha256: zz, publications: [x]}"):                                    "64 hexadecimal",
		entry("{name: a, token: 0123456789abcdef}"):                                          "publications is empty",
		entry("{name: a, token: 0123456789abcdef, publications: [Heyang]}"):                  "Heyang",
		entry("{name: a, tokn: 0123456789abcdef, publications: [x]}"):                        "tokn",
		validTokens() + "  - {name: twice, token: " + deskToken + ", publications: ['*']}\n": "listed before",
	} {
		_, err := OpenTokens(tokenFileWith(t, content))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
		if err != nil && strings.Contains(err.Error(), "0123456789") {
			t.Errorf("the error tells a token: %v", err)
		}
	}
	if _, err := OpenTokens(filepath.Join(t.TempDir(), "gone.yaml")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func FuzzTokens(f *testing.F) {
	f.Add([]byte(validTokens()))
	f.Add([]byte("tokens: [{name: x}]"))
	f.Add([]byte("tokens:\n  - publications: !0000 "))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, err := parseTokens(data)
		if (tokens == nil) == (err == nil) {
			t.Fatalf("%v, %v", tokens, err)
		}
		if tokens != nil {
			for _, g := range tokens.grants {
				if len(g.publications) == 0 {
					t.Fatal("a token without publications")
				}
			}
		}
	})
}
