package bus_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
)

// deployed is the configuration that deployments run.
const deployed = "../../deploy/nats/nats.conf"

// deployment is a server with that configuration, provisioned, and a bus for
// every user.
type deployment struct {
	*bustest.Server
	t *testing.T
}

func password(user string) string { return "p" + user + "-secret" }

func deploy(t *testing.T) *deployment {
	t.Helper()
	text, err := os.ReadFile(deployed)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"BROADSHEET_STORAGE=4294967296"}
	for _, m := range regexp.MustCompile(`user: (\w+), password: \$(\w+)`).FindAllStringSubmatch(string(text), -1) {
		env = append(env, m[2]+"="+password(m[1]))
	}
	if strings.Count(string(text), "password:") != len(env)-1 {
		t.Fatalf("a password stands in %s itself", deployed)
	}
	d := &deployment{t: t, Server: bustest.StartWith(t, deployed, env...)}
	provision := d.as("provision")
	for range 2 {
		if _, err := provision.Provision(t.Context(), bustest.Storage); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// as returns a bus for a user. Whatever the server forbids it fails the test.
func (d *deployment) as(user string) *bus.Bus {
	d.t.Helper()
	core, logs := observer.New(zap.WarnLevel)
	b, err := bus.Connect(d.t.Context(), bus.Options{URL: d.URL, Name: user, Auth: bus.Auth{User: user, Password: password(user)}, Logger: zap.New(core)})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		b.Close()
		for _, entry := range logs.All() {
			if why := fmt.Sprint(entry.ContextMap()["error"]); strings.Contains(strings.ToLower(why), "permissions violation") {
				d.t.Errorf("%s is forbidden what it needs: %s", user, why)
			}
		}
	})
	return b
}

// raw returns a connection without the bus for a user, and a channel of what the
// server forbids it.
func (d *deployment) raw(user string) (*nats.Conn, chan error) {
	d.t.Helper()
	forbidden := make(chan error, 16)
	nc, err := nats.Connect(d.URL, nats.UserInfo(user, password(user)), nats.CustomInboxPrefix("_INBOX_"+user),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) {
				forbidden <- err
			}
		}))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(nc.Close)
	return nc, forbidden
}
