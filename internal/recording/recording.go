// Package recording keeps histories of workflows in files, so that later code
// can be held to them by replay.
package recording

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
)

// Recording is the history of one run of a workflow.
type Recording struct {
	Scenario   string          `json:"scenario"`
	Type       string          `json:"type"`
	WorkflowID string          `json:"workflowId"`
	RunID      string          `json:"runId"`
	Status     string          `json:"status"` // how the run closed, as Temporal names it; "Running" where it had not
	Events     int             `json:"events"`
	History    json.RawMessage `json:"history"` // protobuf JSON
}

// Fetch reads the history of a run from Temporal.
func Fetch(ctx context.Context, c client.Client, scenario, workflowID, runID string) (Recording, error) {
	d, err := c.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return Recording{}, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	info := d.GetWorkflowExecutionInfo()
	var history historypb.History
	events := c.GetWorkflowHistory(ctx, workflowID, info.GetExecution().GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return Recording{}, fmt.Errorf("read the history of %s: %w", workflowID, err)
		}
		history.Events = append(history.Events, e)
	}
	raw, err := protojson.Marshal(&history)
	if err != nil {
		return Recording{}, fmt.Errorf("encode the history of %s: %w", workflowID, err)
	}
	// protojson varies its white space on purpose.
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return Recording{}, fmt.Errorf("encode the history of %s: %w", workflowID, err)
	}
	return Recording{
		Scenario: scenario, Type: info.GetType().GetName(), WorkflowID: workflowID,
		RunID: info.GetExecution().GetRunId(), Status: info.GetStatus().String(), Events: len(history.Events), History: compact.Bytes(),
	}, nil
}

// Write stores r as <dir>/<scenario>.<type>.<n>.json.gz.
func (r Recording) Write(dir string, n int) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(z).Encode(r); err != nil {
		return fmt.Errorf("encode recording of %s: %w", r.WorkflowID, err)
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.%s.%d.json.gz", r.Scenario, r.Type, n)), b.Bytes(), 0o644)
}

// Read reads a recording. Each call makes a new history, since a replay may change it.
func Read(path string) (Recording, *historypb.History, error) {
	f, err := os.Open(path)
	if err != nil {
		return Recording{}, nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return Recording{}, nil, fmt.Errorf("read recording %s: %w", path, err)
	}
	var r Recording
	if err := json.NewDecoder(z).Decode(&r); err != nil {
		return Recording{}, nil, fmt.Errorf("read recording %s: %w", path, err)
	}
	var history historypb.History
	if err := protojson.Unmarshal(r.History, &history); err != nil {
		return Recording{}, nil, fmt.Errorf("read recording %s: %w", path, err)
	}
	return r, &history, nil
}
