/** The rows of the threat list that this gateway answers for today; docs/threats.md says how. Each is tried by at least one test. */
export const ROWS: readonly string[] = [
  'K01 K02 K03 K05 K06 K07 K09 K10 K11 K12 K13',
  'J15',
  'S04 S06 S08',
  'S01 S02 S07',
  'J01 J02 J04 J05 J06 J07 J08 J10 J11 J13',
  'M01 M02 M05 M06 M07 M08 M09',
  'N01 N02 N04 N05 N06 N07 N08 N09 N10 N11 N12 N13 N14 N15',
  'H01 H02 H03 H07 H08 H10 H11 H13',
  'Q01 Q02 Q03 Q04 Q05 Q06 Q07',
  'A02 A03 A04 A05 A07 A08 A09 A10 A12',
  'T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T13',
  'R02 R03 R05 R06 R07 R08',
  'U01 U02 U03 U04 U05 U06',
  'C01 C02 C03 C07 B04',
  'D01 D02 D06 D07',
  'L01 L02 L03 L06',
  'I01 I02 I03 I05',
  'P02 P03 P04 P05 P06 P07',
  'G01 G05 G06',
  'F01 F02 F03 F09',
  'W02 W03 W05',
  'X03 X05 X06 X08',
].flatMap((group) => group.split(' '));

/** Rows of the same groups that are not answered for, and why. */
export const NOT_YET: Readonly<Record<string, string>> = {
  H15: 'HTTP/2 is off',
  L04: 'limits are not shared between nodes yet',
};
