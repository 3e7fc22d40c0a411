package daemon

import (
	"net"
	"net/url"
	"strings"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
)

// Settings are those of every service. A service embeds them in its own struct
// of kong flags. Each setting is looked for, in this order, as a flag, in the
// environment, and in the YAML file; then its default holds.
//
// A field of type Secret is never shown and no flag: it comes from the
// environment or the file, or from a file of its own that the setting of the same
// name with "-file" behind it names.
type Settings struct {
	Config string `name:"config" action:"" env:"BROADSHEET_CONFIG" type:"existingfile" placeholder:"PATH" help:"YAML file of settings: names are those of the flags, a section named after a service is for that service alone."`
	NATSSettings
	HTTP             string        `name:"http" env:"BROADSHEET_HTTP" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Address of the HTTP interface, with /healthz, /readyz and /metrics; port 0 is any."`
	LogFormat        string        `name:"log-format" env:"BROADSHEET_LOG_FORMAT" default:"json" enum:"json,console" help:"json or console."`
	LogLevel         string        `name:"log-level" env:"BROADSHEET_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	DrainTimeout     time.Duration `name:"drain-timeout" env:"BROADSHEET_DRAIN_TIMEOUT" default:"30s" help:"How long what was begun may take to finish when the service is told to stop. What is cut off is done again by whoever runs next."`
	PrintConfig      bool          `name:"print-config" action:"" help:"Print the settings as they came out, with their origin and without secrets, and end."`
	Healthcheck      bool          `name:"healthcheck" action:"" help:"Ask the service that runs with these settings whether it is ready, and end with 0 if it is."`
	DescribeSettings bool          `name:"describe-settings" action:"" hidden:"" help:"Print the settings as a table for the documentation, and end."`
}

// NATSSettings say where NATS is and who we are to it.
type NATSSettings struct {
	NATS             string `name:"nats" env:"BROADSHEET_NATS" default:"nats://127.0.0.1:4222" placeholder:"URL" help:"NATS server, several separated by commas."`
	NATSUser         string `name:"nats-user" env:"BROADSHEET_NATS_USER" placeholder:"NAME" help:"User for NATS."`
	NATSPassword     Secret `name:"nats-password" env:"BROADSHEET_NATS_PASSWORD" help:"Its password; not as a flag, but in the environment, in the YAML file or in a file of its own."`
	NATSPasswordFile string `name:"nats-password-file" env:"BROADSHEET_NATS_PASSWORD_FILE" type:"existingfile" placeholder:"PATH" help:"File with its password."`
	NATSCredentials  string `name:"nats-credentials" env:"BROADSHEET_NATS_CREDENTIALS" type:"existingfile" placeholder:"PATH" help:"Credentials file (JWT) instead of user and password."`
	NATSNKey         string `name:"nats-nkey" env:"BROADSHEET_NATS_NKEY" type:"existingfile" placeholder:"PATH" help:"File with an nkey seed instead of user and password."`
	NATSCA           string `name:"nats-ca" env:"BROADSHEET_NATS_CA" type:"existingfile" placeholder:"PATH" help:"PEM file of the authority that signed the server's certificate; turns TLS on."`
	NATSCert         string `name:"nats-cert" env:"BROADSHEET_NATS_CERT" type:"existingfile" placeholder:"PATH" help:"PEM file of our certificate, for a server that verifies clients."`
	NATSKey          string `name:"nats-key" env:"BROADSHEET_NATS_KEY" type:"existingfile" placeholder:"PATH" help:"PEM file of its key."`
}

// Options are the bus options of a process of that name.
func (s NATSSettings) Options(name string) bus.Options {
	return bus.Options{URL: s.NATS, Name: name, Auth: s.auth()}
}

func (s NATSSettings) auth() bus.Auth {
	return bus.Auth{User: s.NATSUser, Password: s.NATSPassword.Reveal(), Credentials: s.NATSCredentials, NKey: s.NATSNKey,
		CA: s.NATSCA, Cert: s.NATSCert, Key: s.NATSKey}
}

// CheckNATS returns everything that is wrong with them.
func (s NATSSettings) CheckNATS() []error {
	var mistakes []error
	for one := range strings.SplitSeq(s.NATS, ",") {
		one = strings.TrimSpace(one)
		u, err := url.Parse(one)
		if err != nil || u.Host == "" || !strings.Contains(" nats tls ws wss ", " "+u.Scheme+" ") {
			mistakes = append(mistakes, fault.New(fault.Invalid, "%q is no address of a NATS server", bus.RedactURL(one)).On("nats").
				Fix("write it as nats://host:4222, or tls://host:4222"))
		}
	}
	return append(mistakes, s.auth().Check()...)
}

// check returns everything that is wrong with the settings every service has.
func (s Settings) check() []error {
	mistakes := s.CheckNATS()
	if _, port, err := net.SplitHostPort(s.HTTP); err != nil || port == "" {
		mistakes = append(mistakes, fault.New(fault.Invalid, "%q is no address to listen on", s.HTTP).On("http").
			Fix("write it as host:port, for example 127.0.0.1:8080"))
	}
	if s.DrainTimeout <= 0 {
		mistakes = append(mistakes, fault.New(fault.Invalid, "%v leaves no time to finish", s.DrainTimeout).On("drain-timeout").Fix("give it seconds, for example 30s"))
	}
	return mistakes
}

// Checker is implemented by settings that have more to check than each value for
// itself. It returns every mistake, best as *fault.Error with its field.
type Checker interface {
	Check() []error
}

// Secret is a setting that is never shown.
type Secret string

// Reveal returns what it is.
func (s Secret) Reveal() string { return string(s) }

// String hides it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides it from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides it from every encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

const hidden = "***"
