package elastic

import (
	"encoding/json"

	"broadsheet/pkg/fault"
)

func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a request to Elasticsearch")
	}
	return data, nil
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
	return roleText(role{[]string{"monitor"}, roleNames(prefix, "read", "index", "view_index_metadata", "maintenance", "monitor")})
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
