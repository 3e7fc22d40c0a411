package main

import (
	"context"
	"time"

	"broadsheet/client"
	"broadsheet/cmd/broadsheet/webhook"
	"broadsheet/pkg/observe"
)

type webhookCommand struct {
	natsFlags
	URL         string        `name:"url" required:"" placeholder:"URL" help:"The endpoint that events are posted to."`
	SecretFile  string        `required:"" placeholder:"PATH" help:"File with the secrets that sign, one a line: whsec_ and base64. It is read again when it changes."`
	Name        string        `default:"webhook" help:"Its name: small letters. It goes on where the last one of this name was (${default})."`
	Since       string        `placeholder:"WHEN" help:"Where a new one begins: a duration (2h), a time, a day, or a stream sequence; without it, now."`
	Publication string        `placeholder:"SLUG" help:"Only of this publication."`
	Timeout     time.Duration `default:"15s" help:"How long the endpoint may take to answer (${default})."`
	Attempts    int           `default:"8" help:"Attempts before an event that the endpoint does not take, while it takes others, becomes a dead letter (${default})."`
	Concurrency int           `default:"4" help:"Requests at once (${default})."`
	LogFormat   string        `default:"console" enum:"json,console" help:"json or console (${default})."`
	LogLevel    string        `default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error (${default})."`
}

// Help is shown by --help.
func (webhookCommand) Help() string {
	return `Each event about an article is posted as a CloudEvent, signed as Standard Webhooks asks for (webhook-id, webhook-timestamp, webhook-signature). Events about one article come in their order; one that comes twice has the same webhook-id. Any 2xx takes it; 410 ends the webhook; redirects are not followed; all else is tried again, with growing waits.

Examples:
  echo whsec_$(head -c 32 /dev/urandom | base64) > secret
  broadsheet webhook --url https://example.org/hook --secret-file secret
  broadsheet webhook --url https://example.org/hook --secret-file secret --name archive --since 1 --publication lvliang-ribao
  broadsheet deadletters retry webhook.ARTICLES.17`
}

// Run delivers until it is interrupted.
func (c webhookCommand) Run(ctx context.Context, t *terminal) error {
	if err := webhook.CheckName(c.Name); err != nil {
		return usageError{err}
	}
	if c.Attempts < 1 || c.Concurrency < 1 || c.Timeout <= 0 {
		return usage("--attempts, --concurrency and --timeout have to be larger than 0")
	}
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return usageError{err}
	}
	from := client.Now()
	switch {
	case since.Sequence > 0:
		from = client.After(since.Sequence - 1)
	case !since.Time.IsZero():
		from = client.At(since.Time)
	}
	log, err := observe.NewLogger(c.LogFormat, c.LogLevel)
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = log.Sync() }()
	secrets, err := webhook.ReadSecrets(c.SecretFile, log)
	if err != nil {
		return err
	}
	b, err := c.connectAs(ctx, c.Name)
	if err != nil {
		return err
	}
	defer b.Close()
	return webhook.Run(ctx, webhook.Options{Bus: b, Name: c.Name, URL: c.URL, Secrets: secrets, Filter: client.Filter{Publication: c.Publication}, From: from,
		Timeout: c.Timeout, Attempts: c.Attempts, Concurrency: c.Concurrency, Logger: log})
}
