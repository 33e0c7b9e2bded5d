/** The directory EffectTalk was started in; when that is gone, where it was (see `spawnShell`, which goes up from there). */
export const startDirectory = (environment: Readonly<Record<string, string | undefined>>): string => {
  try {
    return process.cwd()
  } catch {
    return environment.PWD?.startsWith("/") ? environment.PWD : "/"
  }
}
