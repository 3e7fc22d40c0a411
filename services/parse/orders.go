package parse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// The audit log is the authority on what is taken down. The manifests say so too,
// but they are restored with their stream: where a backup is older than a
// withdrawal, the log still knows of it, and it is carried out again.

// orderBook is what the audit log asks for, by what it is about.
type orderBook struct {
	mu       sync.Mutex
	standing map[newspaper.PageKey][]event.Audit // the last entry of each target, in the order of the log
	log      bus.StreamState                     // that they were read from
	articles bus.StreamState                     // that they were last held against
}

// keepEvery is how often withdrawals that end and restored streams are looked for.
const keepEvery = 30 * time.Second

// begin reads the log and holds the manifests against it, before anything is
// published. It returns false when ctx ends first.
func (s *Service) begin(ctx context.Context) bool {
	for ctx.Err() == nil {
		err := s.keepOnce(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			s.log.Warn("the audit log cannot be held against what is published yet", zap.Error(err))
		}
		bus.Sleep(ctx, time.Second)
	}
	return false
}

// keep does that regularly until ctx ends.
func (s *Service) keep(ctx context.Context) {
	for bus.Sleep(ctx, keepEvery) {
		if err := s.keepOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the audit log cannot be held against what is published", zap.Error(err))
		}
	}
}

// keepOnce reads what is new in the log, lets come back what is due, and carries
// out again what a restored stream has forgotten.
func (s *Service) keepOnce(ctx context.Context) error {
	if err := s.readOrders(ctx); err != nil {
		return err
	}
	articles, err := s.bus.StreamState(ctx, event.Articles)
	if err != nil {
		return err
	}
	s.orders.mu.Lock()
	known := s.orders.articles
	restored := !known.Created.Equal(articles.Created) || articles.Last < known.Last
	var all []event.Audit
	for _, of := range s.orders.standing {
		all = append(all, of...)
	}
	s.orders.mu.Unlock()
	today := s.now().Format(time.DateOnly)
	for _, a := range all {
		if a.Action == event.Withdraw && a.Until != "" && a.Until <= today {
			err = s.bus.Command(ctx, "parse", event.Command{Action: event.Reinstate, Key: a.Key, URI: a.URI,
				Run: a.Run + "-until", Who: "broadsheet", Reason: "withdrawn until " + a.Until})
		} else if restored {
			err = s.obey(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	s.orders.mu.Lock()
	s.orders.articles = articles
	s.orders.mu.Unlock()
	return nil
}

// readOrders brings the orders up to date with the log.
func (s *Service) readOrders(ctx context.Context) error {
	state, err := s.bus.StreamState(ctx, event.AuditLog)
	if err != nil {
		return err
	}
	s.orders.mu.Lock()
	same := s.orders.standing != nil && s.orders.log.Last == state.Last && s.orders.log.Created.Equal(state.Created)
	s.orders.mu.Unlock()
	if same {
		return nil
	}
	standing := map[newspaper.PageKey][]event.Audit{}
	err = s.bus.Read(ctx, event.AuditLog, "", func(m *bus.Message) error {
		a, err := bus.DataOf[event.Audit](m, event.Audited)
		if err != nil {
			s.log.Error("an entry of the audit log cannot be read", zap.Uint64("seq", m.StreamSeq), zap.Error(err))
			return nil
		}
		switch a.Action {
		case event.Withdraw, event.Reinstate, event.Erase:
			of := slices.DeleteFunc(standing[a.Key], func(o event.Audit) bool { return o.URI == a.URI && o.Action != event.Erase })
			if a.Action == event.Reinstate && a.URI == "" {
				// A page that is reinstated takes pages in again; what was erased of it stays so.
				of = slices.DeleteFunc(of, func(o event.Audit) bool { return o.URI == "" })
			}
			if a.Action != event.Reinstate {
				of = append(of, a)
			}
			standing[a.Key] = of
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.orders.mu.Lock()
	s.orders.standing, s.orders.log = standing, state
	s.orders.mu.Unlock()
	return nil
}

// obey carries an order out again if the page's manifest does not know of it.
func (s *Service) obey(ctx context.Context, a event.Audit) error {
	m, _, err := s.bus.Manifest(ctx, a.Key)
	if err != nil || followed(&m, a) {
		return err
	}
	s.log.Warn("what was taken down is there again, as after a restored backup: taking it down", zap.Stringer("page", a.Key), zap.String("uri", a.URI), zap.String("action", string(a.Action)))
	if a.Action == event.Erase {
		return s.eraseNow(ctx, event.Command{Action: a.Action, Key: a.Key, URI: a.URI, Reason: a.Reason, Who: a.Who, Run: a.Run}, observe.Trace(""))
	}
	return s.hide(ctx, a.Key, a.URI, a.Reason, observe.Trace(""))
}

// followed reports whether a manifest is as the order asks. A page or an article
// that it does not have yet has nothing to be hidden.
func followed(m *newspaper.Manifest, a event.Audit) bool {
	if m.Sequence == 0 {
		return true
	}
	if a.URI == "" {
		return m.Withdrawn != "" && (a.Action != event.Erase || m.ErasedPage() != nil)
	}
	i := slices.IndexFunc(m.Articles, func(k newspaper.ManifestArticle) bool { return k.URI == a.URI })
	if i < 0 {
		return true
	}
	state := m.Articles[i].State
	return state == newspaper.Erased || state == newspaper.Withdrawn && a.Action == event.Withdraw
}

// heed holds a page that was just published against the orders about it. They are
// read anew before one is carried out: it may have been taken back meanwhile.
func (s *Service) heed(ctx context.Context, key newspaper.PageKey) error {
	of := s.ordersOf(key)
	if len(of) == 0 {
		return nil
	}
	m, _, err := s.bus.Manifest(ctx, key)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(of, func(a event.Audit) bool { return !followed(&m, a) }) {
		return nil
	}
	if err := s.readOrders(ctx); err != nil {
		return err
	}
	for _, a := range s.ordersOf(key) {
		if err := s.obey(ctx, a); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func (s *Service) ordersOf(key newspaper.PageKey) []event.Audit {
	s.orders.mu.Lock()
	defer s.orders.mu.Unlock()
	return slices.Clone(s.orders.standing[key])
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
