package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"

	"broadsheet/pkg/fault"
)

func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a request to Elasticsearch")
	}
	return data, nil
}

// TemplateDrift says how the template differs from what Provision would write;
// "": not at all.
func (s *Store) TemplateDrift(ctx context.Context) (string, error) {
	var out struct {
		Templates []struct {
			Template object `json:"index_template"`
		} `json:"index_templates"`
	}
	_, err := s.client.call(ctx, http.MethodGet, "/_index_template/"+url.PathEscape(s.template()), nil, &out)
	if why, ok := refusalOf(err); ok && why.status == http.StatusNotFound {
		return "there was none", nil
	}
	if err != nil {
		return "", err
	}
	if len(out.Templates) != 1 {
		return "there was none", nil
	}
	want, err := plain(s.indexTemplate())
	if err != nil {
		return "", err
	}
	for _, part := range []string{"index_patterns", "priority", "version", "allow_auto_create", "template"} {
		if !reflect.DeepEqual(out.Templates[0].Template[part], want[part]) {
			return fmt.Sprintf("its %s was not as it should be", part), nil
		}
	}
	return "", nil
}

// plain is a value as it comes out of JSON.
func plain(v object) (object, error) {
	data, err := encode(v)
	if err != nil {
		return nil, err
	}
	var out object
	return out, json.Unmarshal(data, &out)
}

// role is one of Elasticsearch's roles.
type role struct {
	Cluster []string    `json:"cluster"`
	Indices []roleIndex `json:"indices"`
}

type roleIndex struct {
	Names      []string `json:"names"`
	Privileges []string `json:"privileges"`
}

// Role is the least that the index service needs, as Elasticsearch's role API
// takes it: it writes, searches, and frees the files of what was erased; it makes or deletes no
// index.
func Role(prefix string) string {
	return roleText(role{[]string{"monitor"}, roleNames(prefix, "read", "index", "view_index_metadata", "maintenance")})
}

// ManagerRole is what provisioning and reindexing need on top: they make indices,
// move the alias and delete what is not needed any more.
func ManagerRole(prefix string) string {
	return roleText(role{[]string{"monitor", "manage_index_templates"}, roleNames(prefix, "read", "index", "view_index_metadata", "manage")})
}

func roleNames(prefix string, privileges ...string) []roleIndex {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	return []roleIndex{{Names: []string{prefix, prefix + "-g*"}, Privileges: privileges}}
}

func roleText(r role) string {
	data, _ := json.MarshalIndent(r, "", "  ") // strings cannot fail
	return string(data)
}
