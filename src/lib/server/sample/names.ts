/** Names and places of made-up people. Last names follow the census's hundred most frequent; any likeness is chance. */

export interface Family {
	/** Out of 100 people, how many have a name from here. */
	share: number;
	language: string;
	female: readonly string[];
	male: readonly string[];
	last: readonly string[];
}

const words = (list: string) => list.split(' ');

export const families: readonly Family[] = [
	{
		share: 46,
		language: 'English',
		female: words(
			'Abigail Amelia Audrey Beverly Brenda Caroline Carol Charlotte Claire Debra Diane Donna Eleanor Emma Evelyn Grace Hannah Heather Janet Joan Judith Julia Kathleen Laura Linda Margaret Megan Natalie Nora Olivia Pamela Rachel Rebecca Ruth Sarah Sharon Sophie Susan Teresa Virginia'
		),
		male: words(
			'Aaron Adam Albert Andrew Benjamin Brian Charles Christopher Daniel David Dennis Douglas Edward Ethan Frank Gary George Gerald Harold Henry Howard Jack James Joseph Kenneth Kevin Lawrence Liam Mark Matthew Nathan Noah Oliver Owen Patrick Paul Peter Robert Stephen Thomas'
		),
		last: words(
			'Adams Anderson Bailey Baker Bennett Brooks Campbell Clark Collins Cook Cooper Cox Davis Evans Fisher Foster Gray Green Hall Harris Hughes Kelly King Lewis Martin Miller Mitchell Moore Morgan Murphy Myers Nelson O’Brien Parker Peterson Phillips Price Reed Roberts Rogers Russell Ryan Scott Smith Stewart Sullivan Taylor Turner Walker Ward Watson White Wilson Wood Wright Young'
		)
	},
	{
		share: 19,
		language: 'Spanish',
		female: words(
			'Ana Camila Carmen Daniela Elena Gabriela Guadalupe Isabel Lucia Luz Maria Mariana Paola Rosa Sofia Valentina Ximena Yolanda'
		),
		male: words(
			'Alejandro Andres Carlos Diego Eduardo Fernando Hector Javier Jorge Jose Juan Luis Manuel Mateo Miguel Rafael Ricardo Santiago'
		),
		last: words(
			'Aguilar Alvarez Castillo Castro Chavez Cruz Delgado Diaz Flores Garcia Gomez Gonzalez Gutierrez Hernandez Jimenez Lopez Martinez Medina Mendoza Morales Ortiz Ramirez Ramos Reyes Rivera Rodriguez Romero Ruiz Sanchez Soto Torres Vargas'
		)
	},
	{
		share: 15,
		language: 'English',
		female: words(
			'Aaliyah Alicia Angela Ayana Brianna Denise Ebony Imani Jasmine Keisha Latoya Monique Naomi Nia Simone Tamika Tanya Zora'
		),
		male: words(
			'Andre Anthony Calvin Curtis Darius Demetrius Isaiah Jamal Jerome Kareem Leroy Malcolm Marcus Maurice Reggie Terrence Tyrone Xavier'
		),
		last: words(
			'Alexander Banks Booker Bryant Butler Carter Charles Coleman Dixon Ellis Franklin Gaines Grant Hayes Henderson Holmes Jackson Jefferson Johnson Jones Joseph Marshall Mosley Patterson Robinson Simmons Thomas Thompson Washington Williams'
		)
	},
	{
		share: 6,
		language: 'Mandarin Chinese',
		female: words('Fang Hui Jing Lan Li Mei Min Xiu Yan Ying'),
		male: words('Bo Feng Hao Jian Jun Lei Ming Tao Wei Yong'),
		last: words('Chan Chang Chen Cheng Huang Lee Li Lin Liu Wang Wong Wu Xu Yang Zhang Zhao')
	},
	{
		share: 5,
		language: 'English',
		female: words('Anjali Asha Deepa Divya Kavita Lakshmi Meera Neha Priya Shreya'),
		male: words('Amit Arjun Deepak Kiran Nikhil Rahul Raj Sanjay Sunil Vikram'),
		last: words(
			'Agarwal Bhatt Desai Gupta Iyer Joshi Kapoor Kumar Mehta Nair Patel Rao Reddy Shah Sharma Singh'
		)
	},
	{
		share: 4,
		language: 'Vietnamese',
		female: words('Anh Hoa Huong Lan Linh Mai Ngoc Phuong Thao Trang'),
		male: words('Binh Duc Hai Hung Khanh Long Minh Quang Tuan Viet'),
		last: words('Bui Dang Do Ho Hoang Le Ngo Nguyen Pham Phan Tran Truong Vo Vu')
	},
	{
		share: 3,
		language: 'Arabic',
		female: words('Amina Fatima Hana Layla Mariam Noor Rania Salma Yasmin Zainab'),
		male: words('Ahmed Ali Hassan Ibrahim Karim Khalid Omar Samir Tariq Yusuf'),
		last: words('Abbas Aziz Farah Haddad Hakim Hamdan Hussein Khalil Mansour Nasser Rahman Saleh')
	},
	{
		share: 2,
		language: 'Russian',
		female: words('Anna Elena Irina Larisa Ludmila Natalia Olga Svetlana'),
		male: words('Alexei Boris Dmitri Igor Ivan Mikhail Sergei Viktor'),
		last: words('Abramov Fedorov Ivanov Kogan Kuznetsov Morozov Orlov Petrov Sokolov Volkov')
	}
];

export interface Place {
	/** Out of 100 people, how many live here. */
	share: number;
	city: string;
	state: string;
	areaCode: string;
}

const place = (share: number, city: string, state: string, areaCode: string): Place => ({
	share,
	city,
	state,
	areaCode
});

/** Most live near the clinic; the rest moved away and stayed with it for video visits. */
export const places: readonly Place[] = [
	place(11, 'Boston', 'Massachusetts', '617'),
	place(8, 'Worcester', 'Massachusetts', '508'),
	place(6, 'Springfield', 'Massachusetts', '413'),
	place(6, 'Lowell', 'Massachusetts', '978'),
	place(4, 'Quincy', 'Massachusetts', '617'),
	place(4, 'Providence', 'Rhode Island', '401'),
	place(3, 'Hartford', 'Connecticut', '860'),
	place(3, 'Manchester', 'New Hampshire', '603'),
	place(2, 'Portland', 'Maine', '207'),
	place(2, 'Burlington', 'Vermont', '802'),
	place(5, 'New York', 'New York', '212'),
	place(2, 'Buffalo', 'New York', '716'),
	place(3, 'Philadelphia', 'Pennsylvania', '215'),
	place(2, 'Newark', 'New Jersey', '973'),
	place(2, 'Baltimore', 'Maryland', '410'),
	place(2, 'Charlotte', 'North Carolina', '704'),
	place(2, 'Atlanta', 'Georgia', '404'),
	place(3, 'Miami', 'Florida', '305'),
	place(1, 'Cleveland', 'Ohio', '216'),
	place(1, 'Detroit', 'Michigan', '313'),
	place(1, 'Indianapolis', 'Indiana', '317'),
	place(1, 'Louisville', 'Kentucky', '502'),
	place(4, 'Chicago', 'Illinois', '312'),
	place(1, 'Minneapolis', 'Minnesota', '612'),
	place(1, 'St. Louis', 'Missouri', '314'),
	place(1, 'Nashville', 'Tennessee', '615'),
	place(1, 'New Orleans', 'Louisiana', '504'),
	place(2, 'Houston', 'Texas', '713'),
	place(2, 'Austin', 'Texas', '512'),
	place(2, 'Denver', 'Colorado', '303'),
	place(1, 'Albuquerque', 'New Mexico', '505'),
	place(1, 'Salt Lake City', 'Utah', '801'),
	place(1, 'Boise', 'Idaho', '208'),
	place(1, 'Phoenix', 'Arizona', '602'),
	place(1, 'Las Vegas', 'Nevada', '702'),
	place(3, 'Los Angeles', 'California', '213'),
	place(2, 'San Diego', 'California', '619'),
	place(1, 'Portland', 'Oregon', '503'),
	place(1, 'Seattle', 'Washington', '206'),
	place(0.5, 'Anchorage', 'Alaska', '907'),
	place(0.5, 'Honolulu', 'Hawaii', '808')
];
