package console

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

// Without admin tokens nothing can be taken down over HTTP, and it is said what to do.
func TestNoAdminsNoTakedown(t *testing.T) {
	s := open(t, nil)
	for _, path := range []string{"/v1/withdrawals", "/v1/reinstatements", "/v1/erasures"} {
		if status, body := s.ask(http.MethodPost, path, "Authorization", "Bearer something"); status != http.StatusForbidden || !strings.Contains(body, "--admin-tokens") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body := s.ask(http.MethodGet, "/v1/audit"); status != http.StatusForbidden {
		t.Errorf("%d %s", status, body)
	}
}

func TestAdminTokenFile(t *testing.T) {
	if a, err := OpenAdmins(""); a != nil || err != nil {
		t.Error(a, err)
	}
	sum := strings.Repeat("0a", 32)
	for content, good := range map[string]bool{
		"# a comment\n\nname " + sum + "\n": true, "": false, "name\n": false, "name 0a\n": false, "name " + sum + " more\n": false, "name " + strings.Repeat("zz", 32): false,
	} {
		path := filepath.Join(t.TempDir(), "admins")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := OpenAdmins(path); (err == nil) != good || good && len(a.tokens) != 1 || !good && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v %v", content, a, err)
		}
	}
	if _, err := OpenAdmins(filepath.Join(t.TempDir(), "none")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
