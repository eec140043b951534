// Words the made-up company is made of. Nobody in particular is meant.
const split = (text: string): readonly string[] => text.split(/\s+/).filter((each) => each !== '');

export const givenNames = split(`Ada Adele Aisha Alan Alba Alex Alice Amara Amir Ana Andrea Anna
  Anton Arjun Astrid Aya Beatriz Ben Björn Bruno Carla Carlos Chen Chloé Clara Daniel Daria David
  Diego Dmitri Elena Elias Ella Emil Emma Erik Esther Eva Farah Felix Fatima Finn Flora Franz
  Freya Gabriel Giulia Grace Greta Gustav Hana Hannah Hassan Helen Henrik Hugo Ida Igor Ines Ingrid
  Irene Isaac Isabel Ivan Jan Jana Jasmin Jens Joanna Jonas José Judith Julia Jun Karim Karin Kai
  Katarina Kenji Klara Lars Laura Layla Lena Leo Li Lin Linh Lisa Liv Luca Lucia Luis Maja Malik
  Marco Maria Marta Mateo Maya Mei Mia Miguel Mila Mina Mohamed Naomi Nadia Nils Nina Noah Nora
  Olga Oliver Omar Oscar Paolo Patti Paul Pia Priya Rafael Ravi Rosa Ruth Samir Sara Scott Selma
  Sofia Sven Tara Thomas Tim Tomás Uma Vera Victor Wei Yara Yuki Yusuf Zoë`);

export const surnames = split(`Abe Ahmed Almeida Andersen Bauer Becker Berg Bianchi Blanc Brown
  Brunner Carter Chen Clark Costa Cruz Dahl Diaz Dubois Eriksen Evans Fernández Fischer Fontaine
  Frei García Gomez Graf Gupta Haas Hansen Haddad Hofer Huber Ibrahim Ito Jansen Jensen Johnson
  Kaur Keller Khan Kim Klein Koch Kowalski Kumar Lang Larsen Lee Lehmann Lindberg Lopez Maier
  Marino Martin Meier Mendes Meyer Moreau Moser Müller Nakamura Nguyen Nielsen Novak O'Brien
  Okafor Olsen Ortiz Park Patel Pereira Petrov Pfister Popov Quinn Ramos Rao Reyes Ricci Rossi
  Roth Roy Russo Sahin Santos Sato Schmid Schneider Schwarz Silva Singh Smith Sørensen Steiner
  Suzuki Svensson Tanaka Taylor Torres Tran Urban Vogel Wagner Walker Wang Weber Weiss Wilson Wong
  Wyss Yamamoto Yilmaz Young Zanetti Zhang Ziegler Zimmermann`);

export const departments: readonly (readonly [name: string, titles: readonly string[]])[] = [
  ['Sales', ['Account Manager', 'Sales Representative', 'Sales Engineer']],
  ['Marketing', ['Campaign Manager', 'Content Editor', 'Brand Designer']],
  ['Engineering', ['Software Engineer', 'Test Engineer', 'Site Reliability Engineer']],
  ['Research', ['Scientist', 'Research Assistant', 'Data Analyst']],
  ['Production', ['Line Lead', 'Technician', 'Quality Inspector']],
  ['Logistics', ['Dispatcher', 'Warehouse Lead', 'Buyer']],
  ['Finance', ['Controller', 'Accountant', 'Payroll Clerk']],
  ['Human Resources', ['Recruiter', 'People Partner', 'Trainer']],
  ['Legal', ['Counsel', 'Contract Manager', 'Paralegal']],
  ['IT', ['System Administrator', 'Service Desk Agent', 'Security Analyst']],
];

export const offices: readonly (readonly [city: string, country: string, office: string])[] = [
  ['Zürich', 'Switzerland', 'Zürich HQ'],
  ['Bern', 'Switzerland', 'Bern'],
  ['Berlin', 'Germany', 'Berlin'],
  ['Lyon', 'France', 'Lyon'],
  ['Milano', 'Italy', 'Milano'],
  ['London', 'United Kingdom', 'London'],
  ['Seattle', 'United States', 'Seattle'],
  ['Singapore', 'Singapore', 'Singapore'],
];

export const guestDomains: readonly string[] = [
  'northwind.example',
  'fabrikam.example',
  'litware.example',
  'city-orchestra.example',
];

/** A name as it stands in an address: plain letters, digits, dots and hyphens. */
export function addressPart(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .replaceAll('ø', 'o')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '');
}
