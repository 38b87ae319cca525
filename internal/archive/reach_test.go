package archive

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// reach is the reach of items of one container.
func reach(container string, items ...string) (r Reach) {
	for _, item := range items {
		r.Add(container, item)
	}
	return r
}

func TestReachGrows(t *testing.T) {
	var r Reach
	for _, item := range []string{"1000", "999", "10000", "1001"} {
		r.Add("OPS", item)
	}
	r.Add("EE", "5000")
	r.Add("OPS", "5001")
	require.Equal(t, Reach{Containers: []string{"EE", "OPS"}, FirstItem: "999", LastItem: "10000"}, r)
}

func TestIndexesOf(t *testing.T) {
	packed := reach("A", "100", "9000")
	packed.Add("B", "200")
	indexes := []Index{
		{Object: "ee-low", Reach: reach("EE", "1000", "1999")},
		{Object: "ee-high", Reach: reach("EE", "2000", "2999")},
		{Object: "packed", Reach: packed},
		{Object: "ops", Reach: reach("OPS", "1500", "2500")},
	}
	m := Manifest{Indexes: indexes, Segments: []Segment{{}, {Container: "EE"}, {Container: "OPS"}, {Container: "A"}, {Container: "B"}, {Container: "NONE"}}}
	for _, c := range []struct {
		name string
		of   Reach
		want []string
	}{
		{"a slice of a container: those that meet it", reach("EE", "1500", "1600"), []string{"ee-low"}},
		{"a slice that begins where one ends", reach("EE", "1999", "2000"), []string{"ee-low", "ee-high"}},
		{"ids are compared as numbers", reach("EE", "999", "10000"), []string{"ee-low", "ee-high"}},
		{"ids past all", reach("EE", "10000"), nil},
		{"one of some small containers", reach("B", "150"), []string{"packed"}},
		{"a container without attachments then", reach("NONE", "1500"), nil},
		{"a container of a new key: by ids alone", reach("RENAMED", "1600", "1700"), []string{"ee-low", "packed", "ops"}},
		{"of nothing", Reach{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, index := range m.IndexesOf(c.of) {
				got = append(got, index.Object)
			}
			require.Equal(t, c.want, got)
		})
	}
	t.Run("an index that does not say it may have everything", func(t *testing.T) {
		m := Manifest{Indexes: []Index{{Object: "early"}}}
		require.Len(t, m.IndexesOf(reach("EE", "1")), 1)
	})
}
