package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

func TestReport(t *testing.T) {
	head := Report{Format: 1, Backup: testBackup, Policy: testPolicy, Product: backup.Jira, Site: "https://acme.atlassian.net", Status: backup.Incomplete,
		Reason: "2 <things> & more", StartedAt: at(), EndedAt: at(), Counts: backup.Counts{Items: 3},
		Kinds: []KindRow{{Kind: "issue", Name: "issues", Scope: "container", State: Partly, Content: true, Captured: 3, Missing: 1}, {Kind: "queue", Name: "queues", State: NotExposed}}}
	containers := []ContainerRow{{ID: "1", Key: "EE", Census: 4, Captured: 3, Missing: 1, Reason: "x"}, {ID: "2", Key: "OO"}}
	items := []ItemRow{{Outcome: Missing, Kind: "issue", ID: "7", Key: "EE-7", Container: "EE", Reason: "500 <html>"}, {Outcome: Gone, Kind: "comment", ID: "8", Parent: "7", Reason: "deleted"}}

	for name, rows := range map[string]int{"with rows": 2, "without": 0} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w, err := NewReportWriter(&out, head)
			require.NoError(t, err)
			for i := range rows {
				require.NoError(t, w.Container(containers[i]))
			}
			for i := range rows {
				require.NoError(t, w.Item(items[i]))
			}
			if rows > 0 {
				require.Error(t, w.Container(containers[0]), "out of order")
			}
			sum, err := w.Close()
			require.NoError(t, err)
			require.Equal(t, sha(out.Bytes()), sum)
			require.True(t, json.Valid(out.Bytes()), "%s", out.String())

			var gotContainers []ContainerRow
			var gotItems []ItemRow
			got, err := ReadReport(&out, ReportVisitor{
				Container: func(r ContainerRow) error { gotContainers = append(gotContainers, r); return nil },
				Item:      func(r ItemRow) error { gotItems = append(gotItems, r); return nil },
			})
			require.NoError(t, err)
			require.Equal(t, head, got)
			require.Len(t, gotContainers, rows)
			require.Len(t, gotItems, rows)
			if rows > 0 {
				require.Equal(t, containers, gotContainers)
				require.Equal(t, items, gotItems)
			}
		})
	}

	var out bytes.Buffer
	w, err := NewReportWriter(&out, head)
	require.NoError(t, err)
	require.NoError(t, w.Item(items[0]))
	_, err = w.Close()
	require.NoError(t, err)
	t.Run("a damaged one", func(t *testing.T) {
		for n := range out.Len() - 2 { // the last two bytes are } and a newline
			_, err := ReadReport(bytes.NewReader(out.Bytes()[:n]), ReportVisitor{})
			require.ErrorIs(t, err, ErrCorrupt, "cut after %d bytes", n)
		}
		for _, text := range []string{`[]`, `{"items":{}}`, `{"items":[1]}`, `{"format":"x"}`} {
			_, err := ReadReport(bytes.NewReader([]byte(text)), ReportVisitor{})
			require.ErrorIs(t, err, ErrCorrupt, text)
		}
	})
	t.Run("one of another version", func(t *testing.T) {
		_, err := ReadReport(bytes.NewReader([]byte(`{"format":2}`)), ReportVisitor{})
		require.ErrorIs(t, err, ErrFormat)
	})
	t.Run("an error of reading, or of the visitor, is no damage", func(t *testing.T) {
		own := errors.New("own")
		_, err := ReadReport(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(out.Bytes()))), ReportVisitor{})
		require.ErrorIs(t, err, iotest.ErrTimeout)
		require.NotErrorIs(t, err, ErrCorrupt)
		_, err = ReadReport(bytes.NewReader(out.Bytes()), ReportVisitor{Item: func(ItemRow) error { return own }})
		require.Equal(t, own, err)
	})
}

func TestAReportOfManyItemsTakesNoMemory(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		rw, err := NewReportWriter(w, Report{Backup: testBackup})
		for i := 0; err == nil && i < 100_000; i++ {
			err = rw.Item(ItemRow{Outcome: Missing, Kind: "issue", ID: fmt.Sprint(i), Reason: "the site said that it does not exist"})
		}
		if err == nil {
			_, err = rw.Close()
		}
		w.CloseWithError(err)
	}()
	n := 0
	before := allocated()
	_, err := ReadReport(r, ReportVisitor{Item: func(ItemRow) error {
		if n++; n%20_000 == 0 {
			require.Less(t, allocated(), before+8<<20)
		}
		return nil
	}})
	require.NoError(t, err)
	require.Equal(t, 100_000, n)
}
