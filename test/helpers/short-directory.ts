/** A folder with a short path: that of a socket has 107 bytes at most. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Empty, for this user alone; removed with the test. */
export function shortDirectory (t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'pg-'))
  t.teardown(() => { rmSync(path, { recursive: true, force: true }) })
  return path
}
