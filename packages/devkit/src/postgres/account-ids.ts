export interface AccountIds {
  readonly uid: number;
  readonly gid: number;
}
