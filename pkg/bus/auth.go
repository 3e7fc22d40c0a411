package bus

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"broadsheet/pkg/fault"
)

// Auth says who we are to NATS and whom we trust. The zero value is nobody,
// without TLS unless the URL or the server asks for it. One of user and password,
// credentials file and nkey file is given at most.
type Auth struct {
	User, Password string
	Credentials    string // path of a .creds file (JWT and seed)
	NKey           string // path of a file with a user's nkey seed
	CA             string // path of PEM certificates that the server's must come from; empty: the system's
	Cert, Key      string // paths of our own certificate and its key, for servers that verify
}

// Inbox is the prefix of the subjects that answers to us arrive on. With a user
// it is named after him, so that a server can keep users from reading each
// other's answers.
func (o Options) inbox() string {
	if o.User != "" {
		return "_INBOX_" + o.User
	}
	return "_INBOX_" + o.Name
}

// Check returns everything that is wrong with a before any server is asked:
// contradictions, files that cannot be read, certificates that have expired.
func (a Auth) Check() []error {
	_, mistakes := a.options()
	return mistakes
}

// options returns what nats.go needs, and all that is wrong.
func (a Auth) options() (options []nats.Option, mistakes []error) {
	wrong := func(field, fix, format string, args ...any) {
		mistakes = append(mistakes, fault.New(fault.Invalid, format, args...).On(field).Fix("%s", fix))
	}
	ways := 0
	if a.User != "" || a.Password != "" {
		ways++
		if a.User == "" {
			wrong("nats-user", "give the user that it belongs to", "there is a NATS password, but no user")
		}
		options = append(options, nats.UserInfo(a.User, a.Password))
	}
	if a.Credentials != "" {
		ways++
		if err := readable(a.Credentials, "-----BEGIN NATS USER JWT-----"); err != nil {
			wrong("nats-credentials", "give the path of a .creds file", "NATS credentials: %v", err)
		}
		options = append(options, nats.UserCredentials(a.Credentials))
	}
	if a.NKey != "" {
		ways++
		option, err := nats.NkeyOptionFromSeed(a.NKey)
		if err != nil {
			wrong("nats-nkey", "give the path of a file with a user's seed, which begins with SU", "NATS nkey in %s: %v", a.NKey, err)
		} else {
			options = append(options, option)
		}
	}
	if ways > 1 {
		wrong("nats-user", "leave one of them", "user and password, credentials and nkey are different ways to log in to NATS, and more than one is given")
	}
	tlsOptions, tlsMistakes := a.tls()
	return append(options, tlsOptions...), append(mistakes, tlsMistakes...)
}

func (a Auth) tls() (options []nats.Option, mistakes []error) {
	if a.CA != "" {
		if err := certificates(a.CA); err != nil {
			mistakes = append(mistakes, fault.New(fault.Invalid, "certificate authority of NATS: %v", err).On("nats-ca").
				Fix("give the path of the PEM file of the authority that signed the server's certificate"))
		} else {
			options = append(options, nats.RootCAs(a.CA))
		}
	}
	switch {
	case a.Cert == "" && a.Key == "":
	case a.Cert == "" || a.Key == "":
		mistakes = append(mistakes, fault.New(fault.Invalid, "a certificate for NATS needs its key, and a key its certificate: one is missing").On("nats-cert").
			Fix("give both"))
	default:
		pair, err := tls.LoadX509KeyPair(a.Cert, a.Key)
		switch {
		case err != nil:
			mistakes = append(mistakes, fault.New(fault.Invalid, "our certificate for NATS, %s with %s: %v", a.Cert, a.Key, err).On("nats-cert").
				Fix("give the PEM files of a certificate and its key"))
		case time.Now().After(pair.Leaf.NotAfter):
			mistakes = append(mistakes, fault.New(fault.Invalid, "our certificate for NATS, %s, expired on %s", a.Cert, pair.Leaf.NotAfter.UTC().Format(time.RFC3339)).
				On("nats-cert").Fix("have it renewed"))
		default:
			options = append(options, nats.ClientCert(a.Cert, a.Key))
		}
	}
	return options, mistakes
}

// readable checks that a file is there and holds what files of its sort begin with.
func readable(path, holds string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(data), holds) {
		return fmt.Errorf("%s has no %q", path, holds)
	}
	return nil
}

// certificates checks that a PEM file has certificates that are still good.
func certificates(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	found := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if time.Now().After(c.NotAfter) {
			return fmt.Errorf("%s: %s expired on %s", path, c.Subject, c.NotAfter.UTC().Format(time.RFC3339))
		}
		found++
	}
	if found == 0 {
		return fmt.Errorf("%s has no certificate in it", path)
	}
	return nil
}

// refusal returns the error for a server that can be reached but does not want
// us, or that we do not trust; nil when err is something else, which may pass by
// itself.
func refusal(err error, url, user string) error {
	who := "us"
	if user != "" {
		who = "user " + user
	}
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked),
		errors.Is(err, nats.ErrAccountAuthExpired), errors.Is(err, nats.ErrNkeysNotSupported):
		return fault.Wrap(fault.Unauthorized, err, "NATS at %s refuses %s", url, who).
			Fix("check user and password against the server's configuration (BROADSHEET_NATS_USER, BROADSHEET_NATS_PASSWORD, or the credentials or nkey file)")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fault.Wrap(fault.Unauthorized, err, "the certificate of NATS at %s has expired or is not valid yet", url).
			Fix("renew the server's certificate; if it is good, correct this machine's clock")
	case errors.As(err, &host):
		return fault.Wrap(fault.Unauthorized, err, "the certificate of NATS is for another name than %s", url).
			Fix("reach the server by a name that stands in its certificate, or give it one with this name")
	case errors.As(err, &authority), errors.As(err, &invalid):
		return fault.Wrap(fault.Unauthorized, err, "the certificate of NATS at %s is not trusted", url).
			Fix("give the PEM file of the authority that signed it (BROADSHEET_NATS_CA)")
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fault.Wrap(fault.Invalid, err, "NATS at %s does not speak TLS, which is asked for", url).
			Fix("turn TLS on in the server, or leave out certificates and tls://")
	case strings.Contains(err.Error(), "remote error: tls:"):
		return fault.Wrap(fault.Unauthorized, err, "NATS at %s refuses our certificate", url).
			Fix("give a certificate that the server's authority signed and that has not expired (BROADSHEET_NATS_CERT, BROADSHEET_NATS_KEY)")
	}
	return nil
}

// shownURL is the address without a password that may stand in it.
func (o Options) shownURL() string { return RedactURL(o.URL) }

// RedactURL hides the passwords and tokens of a list of URLs.
func RedactURL(list string) string {
	shown := strings.Split(list, ",")
	for i, one := range shown {
		scheme, rest, ok := strings.Cut(one, "://")
		if !ok {
			scheme, rest = "", one
		} else {
			scheme += "://"
		}
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			user, _, _ := strings.Cut(rest[:at], ":")
			if !strings.Contains(rest[:at], ":") {
				user = "***" // a lone token is the secret itself
			} else {
				user += ":***"
			}
			shown[i] = scheme + user + rest[at:]
		}
	}
	return strings.Join(shown, ",")
}

func (b *Bus) shownServer() string { return RedactURL(b.url) }

// denialShown is how long a forbidden request keeps us from being ready. What is
// forbidden is tried again before that.
const denialShown = time.Minute

// denial is what the server forbade last. It answers neither a forbidden request
// nor its sender but tells the connection, so whoever asked sees a time-out.
type denial struct {
	at  time.Time
	why error
}

func (b *Bus) noteDenial(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.denied = denial{time.Now(), err}
}

func (b *Bus) recentDenial() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.denied.why == nil || time.Since(b.denied.at) > denialShown {
		return nil
	}
	return fault.Wrap(fault.Forbidden, b.denied.why, "NATS forbids us what we need").
		Fix("give the user of %s the permissions that deploy/nats/nats.conf has for it", b.name)
}
