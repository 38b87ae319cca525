package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/buildinfo"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// schema is what docs/cli.md says of the JSON of the commands.
type schema struct {
	objects  map[string][]schemaField
	commands map[string]schemaCommand
}

type schemaField struct {
	name, kind string
	optional   bool
}

// schemaCommand is the JSON of a command: an object, a list of objects, or lines
// each of which is one of the objects.
type schemaCommand struct {
	list, lines bool
	objects     []string
}

var (
	link       = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
	commandRow = regexp.MustCompile("^\\| `([^`]+)` \\| .* \\| (.*)\\|$")
	fieldRow   = regexp.MustCompile("^\\| `([^`]+)` \\| ([^|]+) \\| .*\\|$")
	includes   = regexp.MustCompile(`^All fields of (?:a )?\[([^\]]+)\]`)
	argument   = regexp.MustCompile(` (--|[A-Z]).*`)
)

// readSchema reads the tables of docs/cli.md: that of the commands, and below
// "## JSON" one for each object.
func readSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile("../docs/cli.md")
	require.NoError(t, err)
	s := schema{map[string][]schemaField{}, map[string]schemaCommand{}}
	section, object := "", ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			section = strings.TrimPrefix(line, "## ")
		case strings.HasPrefix(line, "### "):
			object = strings.TrimPrefix(line, "### ")
		case section == "Commands":
			if m := commandRow.FindStringSubmatch(line); m != nil {
				s.commands[argument.ReplaceAllString(m[1], "")] = readCommand(m[2])
			}
		case section == "JSON":
			if m := includes.FindStringSubmatch(line); m != nil {
				s.objects[object] = append(s.objects[object], s.objects[m[1]]...)
			}
			if m := fieldRow.FindStringSubmatch(line); m != nil {
				kind, optional := strings.CutSuffix(m[2], ", optional")
				s.objects[object] = append(s.objects[object], schemaField{m[1], link.ReplaceAllString(kind, "$1"), optional})
			}
		}
	}
	require.NotEmpty(t, s.commands)
	require.NotEmpty(t, s.objects)
	return s
}

func readCommand(cell string) (c schemaCommand) {
	cell, _, _ = strings.Cut(cell, ";")
	c.list, c.lines = strings.HasPrefix(cell, "list of "), strings.HasPrefix(cell, "lines: ")
	for _, m := range link.FindAllStringSubmatch(cell, -1) {
		c.objects = append(c.objects, m[1])
	}
	return c
}

// check holds a command's output to what is said of it.
func (s schema) check(command, out string) error {
	c, ok := s.commands[command]
	if !ok || len(c.objects) == 0 {
		return fmt.Errorf("docs/cli.md says nothing of the JSON of %q", command)
	}
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	for n := 0; ; n++ {
		var v any
		err := dec.Decode(&v)
		switch {
		case err != nil && dec.More():
			return err
		case err != nil && n == 0:
			return fmt.Errorf("no JSON: %w", err)
		case err != nil:
			return nil
		case c.list:
			err = s.fits(v, "list of "+c.objects[0])
		default:
			err = s.fits(v, c.objects[0])
			for _, other := range c.objects[1:] {
				if err != nil && s.fits(v, other) == nil {
					err = nil
				}
			}
		}
		if err != nil {
			return err
		}
		if n > 0 && !c.lines {
			return fmt.Errorf("more than one value")
		}
	}
}

// fits holds a value to a type.
func (s schema) fits(v any, kind string) error {
	if of, ok := strings.CutPrefix(kind, "map of "); ok {
		all, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%v is no map", v)
		}
		for _, v := range all {
			if err := s.fits(v, of); err != nil {
				return err
			}
		}
		return nil
	}
	if of, ok := strings.CutPrefix(kind, "list of "); ok {
		all, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%v is no list", v)
		}
		for _, v := range all {
			if err := s.fits(v, of); err != nil {
				return err
			}
		}
		return nil
	}
	ok := false
	switch kind {
	case "string":
		_, ok = v.(string)
	case "number":
		_, ok = v.(json.Number)
	case "boolean":
		_, ok = v.(bool)
	case "time":
		text, _ := v.(string)
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = err == nil && strings.HasSuffix(text, "Z")
	default:
		return s.object(v, kind)
	}
	if !ok {
		return fmt.Errorf("%v is no %s", v, kind)
	}
	return nil
}

// object holds an object to its fields: all that it has are documented, and all
// that are documented and not optional are there.
func (s schema) object(v any, name string) error {
	fields, known := s.objects[name]
	have, ok := v.(map[string]any)
	if !known || !ok {
		return fmt.Errorf("%v is not the object %q", v, name)
	}
	left := len(have)
	for _, f := range fields {
		value, ok := have[f.name]
		if !ok {
			if !f.optional {
				return fmt.Errorf("%s lacks %q", name, f.name)
			}
			continue
		}
		left--
		if err := s.fits(value, f.kind); err != nil {
			return fmt.Errorf("%s, %q: %w", name, f.name, err)
		}
	}
	if left > 0 {
		return fmt.Errorf("%s has fields that docs/cli.md does not know: %v", name, have)
	}
	return nil
}

// TestSchemaNamesAllFields states that docs/cli.md and the program know the same
// fields, also those that no output of a test happens to have.
func TestSchemaNamesAllFields(t *testing.T) {
	types := map[string]any{
		"Service": devBegun{}, "Demo line": demoReport{}, "Sample site": served{}, "Site check": siteChecked{}, "Kind access": atlassian.KindAccess{},
		"Created": created{}, "Check": message.CheckResult{}, "Policy": backup.Policy{}, "Options": backup.Options{}, "Limits": backup.Limits{},
		"Policy summary": message.PolicySummary{}, "Policy view": message.PolicyView{}, "Backup": backup.Backup{}, "Counts": backup.Counts{},
		"Backup details": shown{}, "Coverage": coverage{}, "Kind": archive.KindRow{}, "Item": archive.ItemRow{}, "Progress": progress{}, "End": ended{},
		"Log line": logLine{}, "Verification": message.VerifyResult{}, "Version": buildinfo.Info{},
		"Schedule": backup.Schedule{}, "Verification schedule": backup.Verification{}, "Note": backup.Note{}, "Pending run": message.PendingRun{},
		"Download": backup.Download{}, "Download of a backup": listedDownload{}, "Action": action{}, "Transfer": transfer{}, "File": fileVerified{},
		"Fetched": got{}, "Test": tried{},
		"Drill schedule": backup.Drill{}, "Proof": backup.Proof{}, "Empty site": servedEmpty{},
		"Restore": message.RestoreView{}, "Restore summary": restoreListed{}, "Restore details": restoreShown{}, "Restore progress": restoreProgress{}, "Restore end": restoreEnded{},
		"Phase": message.PhaseProgress{}, "Outcomes": restore.Counts{}, "Score": restore.Score{}, "Summary": restore.Summary{}, "Planned phase": restore.PlanPhase{},
		"Plan": restore.Plan{}, "Spec": restore.Spec{}, "Selection": restore.Selection{}, "Restore options": restore.Options{},
		"Planned container": restore.PlanContainer{}, "Planned kind": restore.PlanKind{}, "Mapped": restore.Mapped{},
		"Report row": reportRow{}, "Difference": differenceRow{}, "Report end": reportEnd{}, "Report": restore.Report{}, "Report kind": restore.ReportKind{}, "Limit": restore.Limit{},
		"Drill": message.DrillView{}, "Drill report": message.DrillReport{}, "Drill end": drillEnded{},
		"Import": message.ImportResult{}, "Stored policy": stored{}, "Stored backup": storedBackup{},
	}
	s := readSchema(t)
	for name, fields := range s.objects {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, types, name)
			require.ElementsMatch(t, fieldsOf(reflect.TypeOf(types[name]), types), fields)
		})
	}
	require.Len(t, s.objects, len(types))
}

// TestDocumentsNameAllCommands states that docs/cli.md has a row for each command.
func TestDocumentsNameAllCommands(t *testing.T) {
	s, named := readSchema(t), 0
	var all func(cmd *cobra.Command)
	all = func(cmd *cobra.Command) {
		if cmd.HasSubCommands() {
			for _, sub := range cmd.Commands() {
				all(sub)
			}
			return
		}
		require.Contains(t, s.commands, strings.TrimPrefix(cmd.CommandPath(), "holdfast "))
		named++
	}
	all(newRoot(&app{streams: streams{strings.NewReader(""), io.Discard, io.Discard}}))
	require.Len(t, s.commands, named)
}

// fieldsOf are the fields of a Go type as docs/cli.md describes them.
func fieldsOf(t reflect.Type, names map[string]any) (all []schemaField) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			all = append(all, fieldsOf(f.Type, names)...)
		case f.IsExported():
			all = append(all, schemaField{name, kindOf(f.Type, names), rest != ""})
		}
	}
	return all
}

func kindOf(t reflect.Type, names map[string]any) string {
	for name, v := range names {
		if reflect.TypeOf(v) == t {
			return name
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem(), names)
	case reflect.Slice:
		return "list of " + kindOf(t.Elem(), names)
	case reflect.Map:
		return "map of " + kindOf(t.Elem(), names)
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return "time"
		}
		return t.Name()
	}
	return "number"
}

func TestSchemaChecks(t *testing.T) {
	s := readSchema(t)
	require.NoError(t, s.check("version", `{"version": "devel", "go": "go1"}`))
	for name, out := range map[string]string{
		"nothing": "", "a field too many": `{"version": "devel", "go": "go1", "os": "x"}`, "a field too few": `{"version": "devel"}`,
		"another type": `{"version": 1, "go": "go1"}`, "another shape": `[]`, "two of them": strings.Repeat(`{"version": "devel", "go": "go1"}`, 2),
	} {
		require.Error(t, s.check("version", out), name)
	}
	require.Error(t, s.check("policy list", `{}`))
	require.Error(t, s.check("backup watch", `{"event": "end", "backup": {}}`))
}
