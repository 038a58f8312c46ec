/** A real node process behind a cutting proxy: the program, and who passes its packets on. */
import { CuttingProxy, type IsCut } from './cutting-proxy.js'
import { ProgramProcess, type ProgramOptions } from './program-process.js'

export { programPath, type Line } from './program-process.js'

/** `host` is its own loopback address, 127.0.0.x: by it the proxies know who dials. */
export interface NodeProcessOptions extends ProgramOptions {
  readonly isCut: IsCut
}

export class NodeProcess extends ProgramProcess {
  readonly proxy: CuttingProxy

  private constructor (options: NodeProcessOptions, proxy: CuttingProxy) {
    super({ ...options, flags: ['--advertise', proxy.address, ...options.flags ?? []] })
    this.proxy = proxy
  }

  /** Resolves when it listens and the proxy passes on to it. */
  static override async start (options: NodeProcessOptions): Promise<NodeProcess> {
    const started = new NodeProcess(options, await CuttingProxy.open(options.isCut))
    await started.listening()
    started.proxy.forwardTo(started.host, started.port)
    return started
  }

  /** Ends the process and its proxy. */
  override async stop (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const code = await super.stop(signal)
    this.proxy.close()
    return code
  }
}
