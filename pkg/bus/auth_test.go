package bus_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/fault"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	path string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.path, _ = a.issue(name, time.Now().Add(time.Hour), true)
	return a
}

// issue writes a certificate for 127.0.0.1 that is good until a time, and its key.
func (a *authority) issue(name string, until time.Time, isCA bool) (cert, key string) {
	a.t.Helper()
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: isCA, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if isCA {
		parent, signer = template, fresh
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &fresh.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	if isCA {
		a.key = fresh
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			a.t.Fatal(err)
		}
	}
	private, err := x509.MarshalPKCS8PrivateKey(fresh)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write(name+".pem", "CERTIFICATE", der), a.write(name+".key", "PRIVATE KEY", private)
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// config writes a server's configuration.
func config(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// connect returns the error of a connection that must say by itself what is
// wrong: without waiting for an outage to pass.
func connect(t *testing.T, o bus.Options) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	b, err := bus.Connect(ctx, o)
	if err == nil {
		b.Close()
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the answer took %v", took)
	}
	return err
}

// says checks an error's kind, message and remedy.
func says(t *testing.T, err error, kind fault.Kind, parts ...string) {
	t.Helper()
	p := fault.ProblemOf(err)
	text := fmt.Sprintf("%v | %s", err, p.Remedy)
	if err == nil || !fault.Is(err, kind) {
		t.Errorf("not %s: %s", kind, text)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in: %s", part, text)
		}
	}
}

func TestTLS(t *testing.T) {
	ours, strangers := newAuthority(t, "ours"), newAuthority(t, "strangers")
	cert, key := ours.issue("server", time.Now().Add(time.Hour), false)
	s := bustest.StartWith(t, config(t, fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, verify: true }", cert, key, ours.path)))
	mine, mineKey := ours.issue("client", time.Now().Add(time.Hour), false)
	stranger, strangerKey := strangers.issue("client", time.Now().Add(time.Hour), false)
	old, oldKey := ours.issue("old", time.Now().Add(-time.Hour), false)
	o := func(a bus.Auth) bus.Options { return bus.Options{URL: s.URL, Name: "parse", Auth: a} }
	if err := connect(t, o(bus.Auth{CA: ours.path, Cert: mine, Key: mineKey})); err != nil {
		t.Error(err)
	}
	says(t, connect(t, o(bus.Auth{Cert: mine, Key: mineKey})), fault.Unauthorized, "not trusted", "BROADSHEET_NATS_CA")
	says(t, connect(t, o(bus.Auth{CA: strangers.path, Cert: mine, Key: mineKey})), fault.Unauthorized, "not trusted")
	says(t, connect(t, o(bus.Auth{CA: ours.path})), fault.Unauthorized, "refuses our certificate", "BROADSHEET_NATS_CERT")
	says(t, connect(t, o(bus.Auth{CA: ours.path, Cert: stranger, Key: strangerKey})), fault.Unauthorized, "refuses our certificate")
	says(t, connect(t, o(bus.Auth{CA: ours.path, Cert: old, Key: oldKey})), fault.Invalid, "expired on", "renewed")
	says(t, connect(t, o(bus.Auth{CA: ours.path, Cert: mine, Key: strangerKey})), fault.Invalid, "our certificate")
	named := o(bus.Auth{CA: ours.path, Cert: mine, Key: mineKey})
	named.URL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	says(t, connect(t, named), fault.Unauthorized, "another name")
}

func TestServerCertificateExpired(t *testing.T) {
	ours := newAuthority(t, "ours")
	cert, key := ours.issue("server", time.Now().Add(-time.Hour), false)
	s := bustest.StartWith(t, config(t, fmt.Sprintf("tls { cert_file: %q, key_file: %q }", cert, key)))
	says(t, connect(t, bus.Options{URL: s.URL, Name: "parse", Auth: bus.Auth{CA: ours.path}}), fault.Unauthorized, "expired", "renew the server's certificate")
}

func TestServerWithoutTLS(t *testing.T) {
	s := bustest.Start(t)
	ours := newAuthority(t, "ours")
	says(t, connect(t, bus.Options{URL: s.URL, Name: "parse", Auth: bus.Auth{CA: ours.path}}), fault.Invalid, "does not speak TLS")
}

// Contradictions and bad files are all found before a server is asked.
func TestAuthCheck(t *testing.T) {
	ours := newAuthority(t, "ours")
	old, _ := ours.issue("old", time.Now().Add(-time.Hour), false)
	a := bus.Auth{Password: "hunter2", Credentials: ours.path, NKey: ours.path, CA: old, Cert: ours.path}
	var text strings.Builder
	for _, err := range a.Check() {
		fmt.Fprintln(&text, err)
	}
	for _, want := range []string{"no user", "NATS credentials", "NATS nkey", "more than one", "expired on", "one is missing"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "hunter2") {
		t.Error("the password is shown")
	}
}

// A server that refuses a user for a while is an outage: the connection comes
// back by itself, and readiness says why it is away.
func TestPasswordChangesUnderWay(t *testing.T) {
	s := bustest.StartWith(t, config(t, "authorization { users: [{user: parse, password: $PASSWORD}] }"), "PASSWORD=first")
	b, err := bus.Connect(t.Context(), bus.Options{URL: s.URL, Name: "parse", Auth: bus.Auth{User: "parse", Password: "first"}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	says(t, connect(t, bus.Options{URL: s.URL, Name: "parse", Auth: bus.Auth{User: "parse", Password: "second"}}), fault.Unauthorized, "refuses user parse", "BROADSHEET_NATS_PASSWORD")
	s.Kill()
	s.RestartWith("PASSWORD=second")
	eventually(t, "readiness says that the password is wrong", func() bool { return fault.Is(b.Ready(), fault.Unauthorized) })
	s.Kill()
	s.RestartWith("PASSWORD=first")
	eventually(t, "connected again", func() bool { return b.Ready() == nil })
}

func TestRedactURL(t *testing.T) {
	for in, want := range map[string]string{
		"nats://h:4222":                  "nats://h:4222",
		"nats://u:p@w@h:1,tls://tok@h:2": "nats://u:***@h:1,tls://***@h:2",
		"u:p@h":                          "u:***@h",
		"":                               "",
	} {
		if got := bus.RedactURL(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}
