package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Change is a difference between what a deployment has and what it has to have.
type Change struct {
	Name  string // what Apply is told to lose, for example "template broadsheet"
	Says  string // what will be done, for a person
	Loses string // what goes with it; empty: nothing
	Fix   string // how to get there without losing it

	apply func(context.Context) error
}

// String says it for a person.
func (c Change) String() string { return c.Says }

// Plan returns what Apply has to do until Elasticsearch has the index template, a
// generation, and the alias over it that hides what is withdrawn. The user needs
// the role of ManagerRole.
func (s *Store) Plan(ctx context.Context) ([]Change, error) {
	done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	var plan []Change
	template, err := s.planTemplate(ctx)
	if err != nil {
		return nil, err
	}
	if template != nil {
		plan = append(plan, *template)
	}
	index, err := s.planIndex(ctx)
	if err != nil {
		return nil, err
	}
	return append(plan, index...), nil
}

// Apply carries out a plan. A change that loses something is refused, and all
// others with it, unless its name is in lose. It returns what it changed.
func (s *Store) Apply(ctx context.Context, plan []Change, lose []string) ([]string, error) {
	for _, c := range plan {
		if c.Loses != "" && !slices.Contains(lose, c.Name) {
			return nil, fault.New(fault.Conflict, "%s would lose %s", c.Says, c.Loses).On(c.Name).Fix("%s", c.Fix)
		}
	}
	var changed []string
	for _, c := range plan {
		if err := c.apply(ctx); err != nil {
			return changed, managing(err)
		}
		changed = append(changed, c.Says)
	}
	return changed, nil
}

// managing names the role that managing takes, where its lack is the reason.
func managing(err error) error {
	if why, ok := refusalOf(err); ok && why.status == http.StatusForbidden {
		return fault.Wrap(fault.Unavailable, why, "Elasticsearch does not let us make or change an index").
			Fix("provision as a user with the role that broadsheet provision --print-role=manager prints")
	}
	return err
}

// Provision plans and applies, unless that loses something. Running it again
// changes nothing.
func (s *Store) Provision(ctx context.Context) ([]string, error) {
	plan, err := s.Plan(ctx)
	if err != nil {
		return nil, err
	}
	return s.Apply(ctx, plan, nil)
}

// planTemplate compares the template; nil: it is as it has to be.
func (s *Store) planTemplate(ctx context.Context) (*Change, error) {
	have, err := s.haveTemplate(ctx)
	if err != nil {
		return nil, managing(err)
	}
	want, err := plain(s.indexTemplate())
	if err != nil {
		return nil, err
	}
	c := &Change{Name: "template " + s.template(), apply: func(ctx context.Context) error {
		body, err := encode(s.indexTemplate())
		if err != nil {
			return err
		}
		_, err = s.client.call(ctx, http.MethodPut, "/_index_template/"+url.PathEscape(s.template()), body, nil)
		return err
	}}
	drift := templateDrift(have, want)
	switch {
	case have == nil:
		c.Says = "create index template " + s.template()
		return c, nil
	case len(drift) == 0:
		return nil, nil
	}
	c.Says = fmt.Sprintf("update index template %s: %s", s.template(), listed(drift))
	if !sameJSON(have["_meta"], want["_meta"]) && !sameJSON(have["index_patterns"], want["index_patterns"]) {
		c.Loses = "a template of that name which is not Broadsheet's"
		c.Fix = "give the index another name with elasticsearch-prefix, or rename that template"
	}
	return c, nil
}

// planIndex looks for the generation that is searched and its aliases.
func (s *Store) planIndex(ctx context.Context) ([]Change, error) {
	generations, err := s.generations(ctx)
	if err != nil {
		return nil, managing(err)
	}
	i := slices.IndexFunc(generations, func(g generationInfo) bool { return g.Live })
	switch {
	case i >= 0:
		if _, err := s.lookUp(ctx); err != nil { // one, not several
			return nil, err
		}
		return s.planAliases(generations[i]), nil
	case len(generations) > 0:
		// Which of them is whole does not matter: for one that the position of the
		// stream does not count for, the index service fills it again.
		newest := generations[len(generations)-1]
		return s.planAliases(newest), nil
	}
	if err := s.nameIsFree(ctx); err != nil {
		return nil, err
	}
	return []Change{{Name: "index " + s.alias(), Says: fmt.Sprintf("create a first index behind the alias %s", s.alias()), apply: func(ctx context.Context) error {
		_, err := s.create(ctx, search.NewGeneration(), true)
		return err
	}}}, nil
}

// planAliases puts right the aliases of the generation that is to be searched.
func (s *Store) planAliases(g generationInfo) []Change {
	var says []string
	var actions []object
	if !g.Live || !g.Filtered {
		add := readAlias()
		add["index"], add["alias"] = s.physical(g.ID), s.alias()
		actions = append(actions, object{"add": add})
	}
	switch {
	case !g.Live:
		says = append(says, fmt.Sprintf("point the alias %s at %s, which is there without it", s.alias(), s.physical(g.ID)))
	case !g.Filtered:
		says = append(says, fmt.Sprintf("give the alias %s its filter, which hides what is withdrawn", s.alias()))
	}
	if !g.Writable {
		actions = append(actions, object{"add": object{"index": s.physical(g.ID), "alias": s.writeAlias(g.ID), "is_write_index": true}})
		says = append(says, fmt.Sprintf("give %s the alias that it is written under", s.physical(g.ID)))
	}
	if len(actions) == 0 {
		return nil
	}
	return []Change{{Name: "alias " + s.alias(), Says: listed(says), apply: func(ctx context.Context) error {
		body, err := encode(object{"actions": actions})
		if err != nil {
			return err
		}
		_, err = s.client.call(ctx, http.MethodPost, "/_aliases", body, nil)
		return err
	}}}
}

// nameIsFree refuses a name that an index or somebody else's alias has.
func (s *Store) nameIsFree(ctx context.Context) error {
	var there map[string]any
	_, err := s.client.call(ctx, http.MethodGet, "/"+url.PathEscape(s.alias())+"?ignore_unavailable=true&features=aliases", nil, &there)
	if why, ok := refusalOf(err); ok && why.status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return managing(err)
	}
	for index := range there {
		return fault.New(fault.Conflict, "the name %s is taken by the index %s, which is not Broadsheet's", s.alias(), index).On("elasticsearch-prefix").
			Fix("give the index another name with elasticsearch-prefix, or move that one away")
	}
	return nil
}

// haveTemplate returns the template as it is; nil: there is none.
func (s *Store) haveTemplate(ctx context.Context) (object, error) {
	var out struct {
		Templates []struct {
			Template object `json:"index_template"`
		} `json:"index_templates"`
	}
	_, err := s.client.call(ctx, http.MethodGet, "/_index_template/"+url.PathEscape(s.template()), nil, &out)
	if why, ok := refusalOf(err); ok && why.status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil || len(out.Templates) != 1 {
		return nil, err
	}
	return out.Templates[0].Template, nil
}

// templateDrift says what of a template is not as it has to be, by its parts.
func templateDrift(have, want object) []string {
	if have == nil {
		return []string{"there is none"}
	}
	out := objectDrift("", have["template"], want["template"])
	for _, part := range []string{"index_patterns", "priority", "version", "allow_auto_create"} {
		if !reflect.DeepEqual(have[part], want[part]) {
			out = append(out, fmt.Sprintf("%s %v, not %v", part, want[part], have[part]))
		}
	}
	return out
}

// objectDrift compares JSON, and names where it differs.
func objectDrift(path string, have, want any) []string {
	h, isObject := have.(object)
	w, wantObject := want.(object)
	if !isObject || !wantObject {
		if reflect.DeepEqual(have, want) {
			return nil
		}
		return []string{fmt.Sprintf("%s %s, not %s", path, short(want), short(have))}
	}
	names := map[string]bool{}
	for name := range h {
		names[name] = true
	}
	for name := range w {
		names[name] = true
	}
	var out []string
	for name := range names {
		below := name
		if path != "" {
			below = path + "." + name
		}
		out = append(out, objectDrift(below, h[name], w[name])...)
	}
	slices.Sort(out)
	return out
}

// short is a value for people.
func short(v any) string {
	if v == nil {
		return "nothing"
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 60
	if r := []rune(string(data)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(data)
}

// listed is a list for people: not more than three, and how many more there are.
func listed(all []string) string {
	const most = 3
	out := ""
	for i, one := range all[:min(len(all), most)] {
		if i > 0 {
			out += "; "
		}
		out += one
	}
	if len(all) > most {
		out += fmt.Sprintf("; and %d more", len(all)-most)
	}
	return out
}

// sameJSON compares what came out of JSON with what would go into it.
func sameJSON(a, b any) bool {
	first, errA := json.Marshal(a)
	second, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(first) == string(second)
}
