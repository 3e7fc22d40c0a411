package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"broadsheet/cmd/broadsheet/allinone"
	"broadsheet/pkg/bus"
)

// deployedServer runs a nats-server in this process, with the deployment's own
// configuration and monitoring, and returns its addresses.
func deployedServer(t *testing.T, change func(*server.Options)) (url, monitor string) {
	t.Helper()
	t.Setenv("BROADSHEET_STORAGE", strconv.Itoa(1<<30))
	for _, user := range []string{"INGEST", "PARSE", "INDEX", "CONSOLE", "PROVISION", "OPERATOR", "UPLOADER", "CONSUMER", "WEBHOOK"} {
		t.Setenv("BROADSHEET_NATS_"+user+"_PASSWORD", "p"+strings.ToLower(user))
	}
	o, err := server.ProcessConfigFile("../../deploy/nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	o.Host, o.Port, o.HTTPHost, o.HTTPPort = "127.0.0.1", server.RANDOM_PORT, "127.0.0.1", server.RANDOM_PORT
	o.StoreDir, o.NoSigs, o.NoLog = t.TempDir(), true, true
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server is not ready after 20 s")
	}
	return s.ClientURL(), "http://" + s.MonitorAddr().String()
}

// command runs one, checks its exit code, and returns all it printed.
func command(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if got := run(args, strings.NewReader(""), &out, &out); got != want {
		t.Fatalf("broadsheet %s ends with %d, not %d:\n%s", strings.Join(args, " "), got, want, out.String())
	}
	return out.String()
}

func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// A deployment from the empty server to the examination, as its own users.
func TestProvisionAndDoctor(t *testing.T) {
	url, monitor := deployedServer(t, nil)
	t.Setenv("BROADSHEET_NATS", url)
	has(t, command(t, exitRefused, "provision"), "refuses us", "BROADSHEET_NATS_USER")
	t.Setenv("BROADSHEET_NATS_USER", "provision")
	t.Setenv("BROADSHEET_NATS_PASSWORD", "wrong")
	has(t, command(t, exitRefused, "provision"), "refuses user provision")
	t.Setenv("BROADSHEET_NATS_PASSWORD", "")
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("pprovision\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BROADSHEET_NATS_PASSWORD_FILE", secret)

	has(t, command(t, exitRefused, "doctor"), "bad", "PAGES", "is missing", "→ run broadsheet provision")
	has(t, command(t, exitOK, "provision", "--dry-run"), "create PAGES: 81.9 MiB", "create ARTICLES/index: reads articles.>")
	has(t, command(t, exitOK, "provision"), "create PAGES", "create AUDIT", "done: 17 of 17 changes")
	has(t, command(t, exitOK, "provision"), "nothing to change", "done: 0 of 0")
	text := command(t, exitOK, "doctor", "--monitor", monitor+"/")
	has(t, text, "an acknowledgement means: on the disk", "the server is well", "0 % of max_file_store", "nobody takes from it; nothing waits", "→ start the parse service", "clock")
	if strings.Contains(text, "bad") {
		t.Errorf("nothing is bad:\n%s", text)
	}
	has(t, command(t, exitRefused, "doctor", "--storage", "1000000"), "bad", "differs from what it has to be: max bytes 78.1 KiB, not 81.9 MiB")
	has(t, command(t, exitUnreachable, "provision", "--storage", strconv.Itoa(8<<30)), "cannot promise that much", "raise max_file_store")

	// People at the command line give commands as another user, the same way.
	t.Setenv("BROADSHEET_NATS_USER", "operator")
	t.Setenv("BROADSHEET_NATS_PASSWORD_FILE", "")
	t.Setenv("BROADSHEET_NATS_PASSWORD", "poperator")
	has(t, command(t, exitOK, "reparse", "demo/2022-10-30/main/01"), "1 pages")
	has(t, command(t, exitRefused, "doctor"), "COMMANDS/parse-commands", "nobody takes from it: 1 wait")
	has(t, command(t, exitUnreachable, "doctor", "--nats", "nats://127.0.0.1:1"), "cannot reach NATS")
}

// A change that loses data is shown, refused, and carried out by name.
func TestProvisionRefusesToLoseData(t *testing.T) {
	l := startLive(t, allinone.Options{})
	command(t, exitOK, "reparse", "demo/2022-10-30/main/01") // dies, and leaves a letter
	l.eventually("1 messages", "doctor")
	before := command(t, exitOK, "provision", "--storage", strconv.FormatInt(l.MaxStore, 10), "--dry-run")
	has(t, before, "nothing to change")
	small := []string{"provision", "--storage", "5000"}
	has(t, command(t, exitRefused, append(small, "--dry-run")...), "update DEADLETTERS", "loses it holds", "refused without --lose-data DEADLETTERS; give JetStream more storage")
	has(t, command(t, exitRefused, small...), "loses data")
	has(t, command(t, exitOK, "provision", "--storage", strconv.FormatInt(l.MaxStore, 10)), "nothing to change")
	has(t, command(t, exitUsage, "provision", "--storage", "0"), "is no size")
	has(t, command(t, exitUsage, "provision", "--replicas", "7"), "3 or 5")
}

// The all-in-one is well, service by service.
func TestDoctorOnTheAllInOne(t *testing.T) {
	l := startLive(t, allinone.Options{})
	doctor := []string{"doctor", "--services", "everything=" + l.HTTP, "--storage", strconv.FormatInt(l.MaxStore, 10)}
	l.eventually("service everything        ready", doctor...) // the ledger has begun to follow the streams
	text := command(t, exitOK, doctor...)
	has(t, text, "service everything", "ready", "PAGES/parse", "0 wait")
	for line := range strings.Lines(command(t, exitOK, "doctor", "--json")) {
		var f bus.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Level != bus.Good && f.Do == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestDoctorOnServices(t *testing.T) {
	url, monitor := deployedServer(t, func(o *server.Options) { o.SyncAlways, o.SyncInterval = false, 2*time.Minute })
	t.Setenv("BROADSHEET_NATS", url)
	t.Setenv("BROADSHEET_NATS_USER", "provision")
	t.Setenv("BROADSHEET_NATS_PASSWORD", "pprovision")
	command(t, exitOK, "provision")
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"not ready","checks":[{"name":"index store","ok":false,"reason":"Elasticsearch is away","remedy":"start it"},{"name":"index nats","ok":true}]}`))
	}))
	defer sick.Close()
	text := command(t, exitRefused, "doctor", "--services", "index="+sick.URL+",parse=http://127.0.0.1:1", "--monitor", monitor)
	has(t, text, "index store: Elasticsearch is away", "→ start it", "service parse", "→ start it, or correct its address", "a power cut can take what was acknowledged in the last 2m", "→ set sync_interval: always")
	if strings.Contains(text, "index nats") {
		t.Errorf("what is well is no finding:\n%s", text)
	}
	has(t, command(t, exitRefused, "doctor", "--monitor", "http://127.0.0.1:1"), "→ correct the address")
}
