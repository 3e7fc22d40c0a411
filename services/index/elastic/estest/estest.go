// Package estest gives tests a real Elasticsearch. It is the one that
// ELASTICSEARCH_URL names; or a container, where a Docker engine answers; or a
// build from a Maven repository, kept in the user's cache directory. Where there
// is none of them the tests are skipped and say so; with REQUIRE_ELASTICSEARCH=1
// that is a failure.
//
// A test process has one node, which ends with it, however it ends.
package estest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Node is a running Elasticsearch.
type Node struct {
	URL                string // http://host:port
	Username, Password string // of somebody who may do everything; empty: security is off

	files   string // see Files
	backend backend
	client  *http.Client
}

// backend is what a node runs on.
type backend interface {
	kill() error    // as kill -9 does
	restart() error // with the same data at the same address
	stop()          // for good, with its data
	// addUser makes a user with a role of their own.
	addUser(n *Node, name, password, role string) error
}

// errNoControl is the answer of a node that is not ours.
var errNoControl = errors.New("the node that ELASTICSEARCH_URL names is not ours to kill")

// startTimeout is how long a node may take on a busy machine until it answers, and
// until it knows a new user.
const startTimeout = 4 * time.Minute

var shared struct {
	once sync.Once
	node *Node
	err  error
}

// Start returns the node of this test process.
func Start(t testing.TB) *Node {
	t.Helper()
	shared.once.Do(func() { shared.node, shared.err = Open(context.Background()) })
	if shared.err != nil {
		unavailable(t, shared.err)
	}
	return shared.node
}

// unavailable ends a test that cannot have what it needs.
func unavailable(t testing.TB, err error) {
	t.Helper()
	if why := new(missing); !errors.As(err, why) && !errors.Is(err, errNoControl) {
		t.Fatalf("Elasticsearch does not start: %v", err)
	}
	say := fmt.Sprintf("NO ELASTICSEARCH, NOT TESTED: %v. Install Maven and a JDK %d (apt-get install maven openjdk-17-jdk-headless), or Docker, or set ELASTICSEARCH_URL", err, leastJava)
	if os.Getenv("REQUIRE_ELASTICSEARCH") != "" {
		t.Fatal(say)
	}
	fmt.Fprintln(os.Stderr, say)
	t.Skip(say)
}

// runner stops the node when the tests have run.
type runner struct{ tests interface{ Run() int } }

func (r runner) Run() int {
	defer func() {
		if shared.node != nil {
			shared.node.Close()
		}
	}()
	return r.tests.Run()
}

// Tests wraps the tests of a package for TestMain, so that the node is stopped
// before goroutines are counted:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(estest.Tests(m)) }
func Tests(m interface{ Run() int }) interface{ Run() int } { return runner{m} }

// Open starts a node that Close stops.
func Open(ctx context.Context) (*Node, error) {
	if address := os.Getenv("ELASTICSEARCH_URL"); address != "" {
		return openExternal(ctx, address)
	}
	if docker := dockerEngine(ctx); docker != "" {
		return openContainer(ctx, docker)
	}
	home, java, err := install(ctx)
	if err != nil {
		return nil, err
	}
	return openProcess(home, java, "")
}

// OnDisk starts a node of the test's own with its data in a directory, on a disk
// that it may fill: from 80 % on it makes indices read-only, as it does by itself
// from 95 %. It is always the build from Maven.
func OnDisk(t testing.TB, data string) *Node {
	t.Helper()
	home, java, err := install(context.Background())
	if err != nil {
		unavailable(t, err)
	}
	n, err := openProcess(home, java, data)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(n.Close)
	return n
}

// dockerEngine is the path of the docker command, if an engine answers to it.
func dockerEngine(ctx context.Context) string {
	path, err := exec.LookPath("docker")
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if exec.CommandContext(ctx, path, "version", "--format", "{{.Server.Version}}").Run() != nil {
		return ""
	}
	return path
}

func newNode(address string, b backend) *Node {
	// Connections are not kept: a node that was killed leaves no broken ones.
	return &Node{URL: address, backend: b, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}}
}

// external is a node that somebody else runs.
type external struct{}

func (external) kill() error    { return errNoControl }
func (external) restart() error { return errNoControl }
func (external) stop()          {}
func (external) addUser(n *Node, name, password, role string) error {
	return addNativeUser(n, name, password, role)
}

func openExternal(ctx context.Context, address string) (*Node, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("ELASTICSEARCH_URL is no URL")
	}
	n := newNode("", external{})
	n.Username = u.User.Username()
	n.Password, _ = u.User.Password()
	u.User = nil
	n.URL = strings.TrimRight(u.String(), "/")
	return n, n.await(ctx, nil)
}

// Close stops a node.
func (n *Node) Close() {
	n.backend.stop()
	n.client.CloseIdleConnections()
}

// Kill ends the node as kill -9 does; its data stay.
func (n *Node) Kill(t testing.TB) {
	t.Helper()
	if err := n.End(); err != nil {
		unavailable(t, err)
	}
}

// End is Kill outside of tests.
func (n *Node) End() error { return n.backend.kill() }

// Restart starts a killed node again and returns when it answers.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	if err := n.Begin(); err != nil {
		t.Fatal(err)
	}
}

// Begin is Restart outside of tests.
func (n *Node) Begin() error { return n.backend.restart() }

// await returns when the node answers. Its process ends early when ended closes.
func (n *Node) await(ctx context.Context, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		status, body, err := n.request(ctx, http.MethodGet, "/_cluster/health?wait_for_status=yellow&timeout=5s", nil)
		if err == nil && status == http.StatusOK {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("%d %s", status, tail(body))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer from %s: %w", n.URL, err)
		case <-ended:
			return errors.New("its process ended")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Request asks the node something as the user who may do everything, and returns
// status and answer.
func (n *Node) Request(ctx context.Context, method, path, body string) (int, []byte, error) {
	return n.request(ctx, method, path, []byte(body))
}

func (n *Node) request(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, n.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if n.Username != "" {
		r.SetBasicAuth(n.Username, n.Password)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := n.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	return answer.StatusCode, data, err
}

// Do asks the node something as the user who may do everything. A refusal ends
// the test.
func (n *Node) Do(t testing.TB, method, path, body string) json.RawMessage {
	t.Helper()
	status, data, err := n.request(context.Background(), method, path, []byte(body))
	if err != nil || status >= 300 {
		t.Fatalf("%s %s: %d, %v: %s", method, path, status, err, tail(data))
	}
	return data
}

// Files is the directory of the node's data.
func (n *Node) Files(t testing.TB) string {
	t.Helper()
	if n.files == "" {
		unavailable(t, missing{"the files of the node are out of our reach"})
	}
	return n.files
}

// Clear deletes the indices and templates whose names begin with a prefix.
func (n *Node) Clear(t testing.TB, prefix string) {
	t.Helper()
	var indices map[string]json.RawMessage
	if err := json.Unmarshal(n.Do(t, http.MethodGet, "/"+prefix+"*/_alias?expand_wildcards=all", ""), &indices); err != nil {
		t.Fatal(err)
	}
	for name := range indices { // patterns may be forbidden
		n.Do(t, http.MethodDelete, "/"+name, "")
	}
	status, data, err := n.request(context.Background(), http.MethodDelete, "/_index_template/"+prefix+"*", nil)
	if err != nil || status != http.StatusOK && status != http.StatusNotFound {
		t.Fatalf("delete templates: %d, %v: %s", status, err, tail(data))
	}
}

// User makes a user with a role, the JSON of Elasticsearch's role API, and
// returns the password. The name must be new.
func (n *Node) User(t testing.TB, name, role string) string {
	t.Helper()
	password := rand.Text()
	if n.Username == "" {
		unavailable(t, missing{"security is off in the node that ELASTICSEARCH_URL names"})
	}
	if err := n.backend.addUser(n, name, password, role); err != nil {
		t.Fatal(err)
	}
	as := *n
	as.Username, as.Password = name, password
	// Realms in files are read again from time to time, users and roles each by
	// itself. Who asks in between may find what was there before kept in a cache, for
	// good: on a busy machine that happens.
	caches := []string{"/_security/realm/*/_clear_cache?usernames=" + name, "/_security/role/" + name + "-role/_clear_cache"}
	var status int
	var body []byte
	var err error
	for until := time.Now().Add(startTimeout); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		status, body, err = as.request(ctx, http.MethodGet, "/_security/_authenticate", nil)
		if err == nil && status == http.StatusOK && bytes.Contains(body, []byte(`"`+name+`-role"`)) {
			status, body, err = as.request(ctx, http.MethodGet, "/_security/user/_privileges", nil)
			if err == nil && status == http.StatusOK && grants(t, body) == grants(t, []byte(role)) {
				cancel()
				return password
			}
		}
		if err == nil && status == http.StatusOK {
			for _, cache := range caches {
				n.Do(t, http.MethodPost, cache, "")
			}
		}
		cancel()
	}
	t.Fatalf("user %s: %d, %v: %s", name, status, err, body)
	return ""
}

// grants reports whether a role, or what a user may do, is anything at all.
func grants(t testing.TB, privileges []byte) bool {
	t.Helper()
	var p struct{ Cluster, Indices []any }
	if err := json.Unmarshal(privileges, &p); err != nil {
		t.Fatalf("%v: %s", err, privileges)
	}
	return len(p.Cluster)+len(p.Indices) > 0
}

// addNativeUser makes a user and their role by Elasticsearch's own interface.
func addNativeUser(n *Node, name, password, role string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	user, err := json.Marshal(map[string]any{"password": password, "roles": []string{name + "-role"}})
	if err != nil {
		return err
	}
	for _, put := range []struct {
		path string
		body []byte
	}{{"/_security/role/" + name + "-role", []byte(role)}, {"/_security/user/" + name, user}} {
		status, data, err := n.request(ctx, http.MethodPut, put.path, put.body)
		if err != nil || status >= 300 {
			return fmt.Errorf("PUT %s: %d, %w: %s", put.path, status, err, tail(data))
		}
	}
	return nil
}
